"""The configuration of central: everything wrong at once, each with its key and a way out."""

import ast
from pathlib import Path

import pytest

from gate.config import ConfigError
from gate.config.central import CentralConfig, load_central
from gate.config.doc import central_reference
from gate.config.fields import table_of

ROOT = Path(__file__).parents[2]
GOOD = """
[[venue]]
id = "mall-t01"
district = "pusat"
gates = ["t01-a", "t01-b"]
capacity = 500
"""


def loaded(tmp_path: Path, text: str) -> CentralConfig:
    file = tmp_path / "central.toml"
    file.write_text(text, encoding="utf-8")
    return load_central(file)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    return [str(it) for it in refused.value.problems]


def test_the_reference_file_is_made_from_the_models_and_can_be_used() -> None:
    file = ROOT / "config" / "central.toml"

    assert file.read_text(encoding="utf-8") == central_reference()
    assert load_central(file).venue[0].id == "mall-t01"


def test_a_venue_is_all_that_a_file_needs(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)

    assert config.mqtt.client_id == "central"
    assert (config.venue[0].gates, config.venue[0].day_ends) == (["t01-a", "t01-b"], "03:00")


def test_paths_begin_in_the_folder_of_the_file(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'[central]\ndata_dir = "data"\n{GOOD}keys_file = "mall.keys"\n')

    assert config.central.data_dir == tmp_path / "data"
    assert config.venue[0].keys_file == tmp_path / "mall.keys"


def test_everything_wrong_is_told_at_once_with_its_path(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        [central]
        quota_min = 1
        [mqtt]
        hots = "broker"
        [[venue]]
        id = "Mall 1"
        district = "pusat"
        gates = ["t01-a", "T 2"]
        capacity = "500"
        timezone = "Asia/Atlantis"
        day_ends = "25:00"
        """,
    )

    assert [it.split(":")[0] for it in found] == [
        "central.quota_min",
        "mqtt.hots",
        "venue.0.id",
        "venue.0.gates",
        "venue.0.capacity",
        "venue.0.timezone",
        "venue.0.day_ends",
    ]
    assert "Did you mean host?" in found[1]
    assert "Write 500, without quotas" not in found[4]
    assert "Write 500, without quotes" in found[4]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "venue"),
        (GOOD + GOOD, "venue.gates"),
        (GOOD.replace('"t01-b"', '"t01-a"'), "venue.gates"),
        (GOOD + "reserve = 501\n", "venue.0.reserve"),
        ('[web]\ncert_file = "web.pem"\n' + GOOD, "web.key_file"),
        ('[mqtt]\ncert_file = "a.pem"\nkey_file = "a.key"\n' + GOOD, "mqtt.ca_file"),
        ('[mqtt]\npassword_file = "secret"\n' + GOOD, "mqtt.user"),
        ("[[venue]\n", "line 1, column 8"),
        ("venue = 3\n", "venue"),
        ("[venue]\nid = 'a'\n", "venue"),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, text: str, path: str) -> None:
    found = problems(tmp_path, text)

    assert path in [it.split(": ")[0] for it in found]


def test_a_file_that_is_not_there_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_central(tmp_path / "nothing.toml")


def test_every_key_is_read_where_central_is_put_together() -> None:
    folder = ROOT / "gate" / "commands" / "central"
    read = {
        node.attr
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    sections = filter(None, map(table_of, CentralConfig.model_fields.values()))
    keys = {key for section in sections for key in section.model_fields}

    assert keys - read == set()
