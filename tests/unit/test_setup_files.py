"""The files of the set-up, held against each other and against what they name."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
NO_ADDRESS = re.compile(
    r"https?://|git\+|file:/|--(?:extra-)?index-url|--find-links|--trusted-host|(?<![\w.])/\w"
)


def read(name: str) -> str:
    return (ROOT / name).read_text()


def pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", read(lock), re.MULTILINE)
    return {re.sub(r"[._-]+", "-", name).lower(): number for name, number in found}


def named(requirement: str) -> str:
    return re.sub(r"[._-]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each with its argument."""
    lines = [line for line in read("Dockerfile").splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_a_hash_and_no_line_an_address(lock: str) -> None:
    entries = read(lock).replace("\\\n", " ").splitlines()
    for entry in (line for line in entries if line and not line.startswith("#")):
        assert re.fullmatch(r"\S+==\S+(?: ; .*?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*", entry), entry[:80]
    assert not NO_ADDRESS.search(read(lock))


def test_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    asked = {named(one) for one in project["project"]["dependencies"]}
    build = {named(one) for one in project["build-system"]["requires"]}
    dev = {named(one) for one in project["project"]["optional-dependencies"]["dev"]}
    runtime, everything = pins(LOCKS[0]), pins(LOCKS[1])
    assert asked | build <= runtime.keys()
    assert dev <= everything.keys()
    assert runtime.items() <= everything.items()


def test_front_end_lock_names_no_registry_and_exact_versions() -> None:
    package, lock = json.loads(read("package.json")), json.loads(read("package-lock.json"))
    asked = {**package["dependencies"], **package["devDependencies"]}
    assert package["private"] is True
    for name, number in asked.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", number), name
        assert lock["packages"][f"node_modules/{name}"]["version"] == number
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry, name
        assert name == "" or entry["integrity"].startswith("sha512-"), name
    assert "omit-lockfile-registry-resolved=true" in read(".npmrc").splitlines()


@pytest.fixture
def vendored(tmp_path: Path) -> Path:
    """Return a copy of the vendored files and what checks them, to be spoilt."""
    if not (ROOT / "static/vendor/MANIFEST.json").exists():
        pytest.fail("static/vendor is empty. Run: make setup")
    for name in (".ci/vendor.mjs", "package.json", "package-lock.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "static/vendor", tmp_path / "static/vendor")
    return tmp_path


def check_vendored(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("node", str(folder / ".ci/vendor.mjs"), "--check")


def test_vendored_files_are_in_step_and_a_changed_one_is_told(vendored: Path) -> None:
    assert check_vendored(vendored).returncode == 0, check_vendored(vendored).stderr
    with (vendored / "static/vendor/idb/index.js").open("a") as file:
        file.write(" ")
    (vendored / "static/vendor/leaflet/extra.js").write_text("")
    told = check_vendored(vendored)
    assert told.returncode == 1
    assert told.stderr.splitlines() == ["idb/index.js was changed", "leaflet/extra.js is in no package"]


def test_vendored_files_of_another_version_are_told(vendored: Path) -> None:
    lock = json.loads((vendored / "package-lock.json").read_text())
    lock["packages"]["node_modules/idb"]["version"] = "0.0.1"
    (vendored / "package-lock.json").write_text(json.dumps(lock))
    told = check_vendored(vendored)
    assert told.returncode == 1
    assert "idb is not 0.0.1 as locked" in told.stderr


def test_vendored_files_carry_licences_and_no_government_brand(vendored: Path) -> None:
    folder = vendored / "static/vendor"
    for package in filter(Path.is_dir, folder.iterdir()):
        assert len((package / "LICENSE").read_text()) > 500, package.name
    names = [file.name for file in folder.rglob("*")]
    assert [name for name in names if name.endswith((".woff", ".woff2"))] != []
    assert all("latin-wght-normal" in name for name in names if name.endswith((".woff", ".woff2")))
    styles = (folder / "govuk-frontend/govuk-frontend.min.css").read_text()
    assert ".govuk-button" in styles
    for brand in ("GDS Transport", "@font-face", "crest", "/assets/"):
        assert brand not in styles
    for file in (*folder.rglob("*.js"), *folder.rglob("*.css")):
        assert "sourceMappingURL" not in file.read_text(), file


def test_front_end_templates_and_styles_fit_together() -> None:
    """The Jinja macros and the style sheet are two packages of one design system, in one major version."""
    macros = version("govuk-frontend-jinja").split(".")[0]
    styles = json.loads(read("package.json"))["dependencies"]["govuk-frontend"].split(".")[0]
    assert (macros, styles) == ("4", "6")  # as govuk-frontend-jinja's README says


def test_make_lists_the_targets_that_the_project_speaks_of() -> None:
    listed = re.findall(r"^  make (\w+) +\S", run("make").stdout, re.MULTILINE)
    assert {"help", "setup", "run", "test", "check", "bench", "browser"} <= set(listed)
    assert run("make", "help").stdout == run("make").stdout
    for target in listed:
        if target not in ("bench", "clean"):
            assert run("make", "--dry-run", target).returncode == 0, target


def test_setup_explains_itself_and_refuses_what_it_does_not_know() -> None:
    told = run(".ci/setup", "--help")
    assert told.returncode == 0
    assert "--dry-run" in told.stdout
    assert run(".ci/setup", "--colour").returncode == 2
    assert run(".ci/setup", "--only", "half").returncode == 2


@pytest.mark.parametrize("script", ["setup", "run", "database-roles"])
def test_scripts_are_executable_and_parse(script: str) -> None:
    assert os.access(ROOT / ".ci" / script, os.X_OK)
    assert run("bash", "-n", f".ci/{script}").returncode == 0


def test_a_missing_database_is_one_line_for_an_ordinary_user_and_a_step_for_root(tmp_path: Path) -> None:
    as_user = run(
        ".ci/setup",
        "--dry-run",
        GEOAPP_PG_BIN=str(tmp_path),
        PATH=f"{ordinary(tmp_path)}:{os.environ['PATH']}",
    )
    assert as_user.returncode == 1
    assert re.findall(r"^  sudo apt-get install -y (.*)$", as_user.stderr, re.MULTILINE) != []
    as_root = run(
        ".ci/setup",
        "--dry-run",
        GEOAPP_PG_BIN=str(tmp_path),
        PATH=f"{ordinary(tmp_path, 0)}:{os.environ['PATH']}",
    )
    assert as_root.returncode == 0
    assert re.search(r"^== Installing system packages: .*postgresql", as_root.stdout, re.MULTILINE)


def ordinary(folder: Path, number: int = 1000) -> Path:
    """Return a folder whose `id` says that we are that user."""
    program = folder / str(number) / "id"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho {number}\n")
    program.chmod(0o755)
    return program.parent


def test_each_step_of_the_image_names_what_is_there() -> None:
    steps = instructions()
    copied: set[str] = set()
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from="):
            *sources, _target = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                copied.add(source)
        if word == "RUN":
            for command in rest.split(" && "):
                program, *arguments = command.split()
                if program.startswith(".ci/"):
                    done = run(program, *arguments, "--dry-run")
                    assert done.returncode == 0, done.stderr
                else:
                    assert program in ("useradd", "install")
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied <= allowed
    assert steps[-1] == ("CMD", '[".venv/bin/geoapp", "up", "--no-demo"]')
    users = [number for number, (word, _) in enumerate(steps) if word == "USER"]
    assert users, "the image must not run as root"
    assert steps[users[-1]][1] != "root"


def test_production_has_no_secret_of_its_own_and_one_local_port() -> None:
    compose = read("docker-compose.yml")
    services = re.split(
        r"^  (?=\w+:$)", compose.split("\nservices:\n")[1].split("\nvolumes:\n")[0], flags=re.MULTILINE
    )
    by_name = {text.partition(":")[0]: text for text in services if text.strip()}
    assert set(by_name) == {"db", "migrate", "web", "worker"}
    ports = {name: re.findall(r"ports: (.*)", text) for name, text in by_name.items()}
    assert ports == {"db": [], "migrate": [], "web": ['["127.0.0.1:${PORT:-8000}:8000"]'], "worker": []}
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)(:\?|)", compose)
    assert {name for name, _ in secrets} >= {"SECRET_KEY", "DATABASE_APP_PASSWORD", "DATABASE_FEED_PASSWORD"}
    assert all(needed == ":?" for _, needed in secrets)
    for mounted in re.findall(r'"\./([^:"]+):', compose):
        assert (ROOT / mounted).exists(), mounted


def test_containers_start_commands_that_exist() -> None:
    starts = re.findall(r'"\.venv/bin/geoapp", (.*)\]', read("docker-compose.yml") + read("Dockerfile"))
    assert len(starts) == 4
    for start in starts:
        words = re.findall(r'"([^"]+)"', start)
        told = run(".venv/bin/geoapp", *words, "--help")
        assert told.returncode == 0, told.stderr
        assert "Usage: " in told.stdout


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = read(".ci/run")
    assert "for target in check test; do" in script
    assert 'make "$target"' in script
    assert "set -euo pipefail" in script
