"""`python -m geoapp` is the command `geoapp`."""

from geoapp.cli import main

main(prog_name="geoapp")
