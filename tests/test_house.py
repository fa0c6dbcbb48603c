"""The rules of the house that import-linter cannot see."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
ROOMS = ("activities", "api", "cli", "db", "domain", "gateways", "sandbox", "workflows")
ENTRANCES = ("cli/", "worker.py", "api/app.py", "sandbox/__main__.py")
MOST_LINES = 300
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "base", "misc"}


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in listed.stdout.splitlines() if (HOME / path).exists()]


def product() -> list[str]:
    return [path for path in tracked("*.py") if path == "worker.py" or path.split("/")[0] in ROOMS]


def imports(path: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((HOME / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_nothing_imports_the_worker() -> None:
    assert [path for path in product() if "worker" in set(imports(path))] == []


def test_the_domain_imports_the_standard_library_and_itself_only() -> None:
    known = sys.stdlib_module_names | {"domain"}
    strange = {
        (path, name)
        for path in tracked("domain/*.py")
        for name in imports(path)
        if name.split(".")[0] not in known
    }
    assert strange == set()


def test_only_entrances_read_the_environment() -> None:
    words = ("os.environ", "os.getenv", "Settings.read(")
    inner = [path for path in product() if not path.startswith((*ENTRANCES, "gateways/settings/"))]
    assert [
        path for path in inner if any(word in (HOME / path).read_text(encoding="utf-8") for word in words)
    ] == []


def test_no_file_grows_beyond_what_one_can_read() -> None:
    long = {
        path: lines
        for path in tracked("*.py")
        if (lines := len((HOME / path).read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in tracked("*.py") if VAGUE_NAMES & set(Path(path).with_suffix("").parts)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_tests(room: str) -> None:
    assert tracked(f"tests/{room}/test_*.py")


def test_the_readme_names_one_command_to_run_and_one_to_test() -> None:
    lines = (HOME / "README.md").read_text(encoding="utf-8").splitlines()
    for mark, command in (("setup:run", "make demo"), ("setup:test", "make test")):
        at = lines.index(f"<!-- {mark} -->")
        assert lines[at + 1].startswith("```")
        assert lines[at + 2 : at + 4] == [command, "```"]


def test_every_setting_is_described() -> None:
    code = "".join((HOME / path).read_text(encoding="utf-8") for path in tracked("gateways/settings/*.py"))
    names = {
        str(call.args[0].value)
        for call in ast.walk(ast.parse(code))
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
    }
    described = (HOME / "docs/configuration.md").read_text(encoding="utf-8")
    assert {name for name in names if name.isupper() and f"`{name}`" not in described} == set()


def test_every_variable_of_the_deployments_is_described() -> None:
    described = (HOME / "docs/configuration.md").read_text(encoding="utf-8")
    pattern = re.compile(r"^ *([A-Z][A-Z_]+)[=:]", re.MULTILINE)
    files = (
        "deploy/compose.env.example",
        "deploy/kubernetes/config.yaml",
        "deploy/kubernetes/secret.example.yaml",
    )
    names = {name for path in files for name in pattern.findall((HOME / path).read_text(encoding="utf-8"))}
    assert len(names) > 15
    assert {name for name in names if f"`{name}`" not in described} == set()


def test_nothing_enters_the_image_but_the_rooms() -> None:
    rules = (HOME / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {rule[1:] for rule in rules if rule.startswith("!")}
    assert next(rule for rule in rules if not rule.startswith("#")) == "*"
    assert taken == {*ROOMS, "worker.py", "pyproject.toml", "uv.lock", "README.md"}
    copied = re.findall(
        r"^COPY (?!--)(.*)$", (HOME / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name for line in copied for name in line.split()[:-1]} == taken
