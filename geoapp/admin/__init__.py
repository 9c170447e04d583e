"""The administrator's room. Until its pages come, people, keys and wards are kept with `geoapp`."""
