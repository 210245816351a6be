"""The key's file: where it is, who may read it, and that nothing overwrites it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydispatch_server.audit_key import BadKey, key_file, load_or_create, trusted_keys

from pydispatch.audit import Key


def test_it_lies_next_to_the_database_unless_said(tmp_path: Path) -> None:
    assert key_file(None, "sqlite:///folder/records.db") == Path("folder/records.audit-key")
    assert key_file(tmp_path / "key", "postgresql://host/records") == tmp_path / "key"
    for url in ("postgresql://host/records", "sqlite://"):
        with pytest.raises(BadKey, match="audit_key_file"):
            key_file(None, url)


def test_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    made = load_or_create(path, "audit.example")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_name("key.pub").read_text().strip() == made.public_text
    assert load_or_create(path, "another").public_text == made.public_text
    assert sorted(file.name for file in path.parent.iterdir()) == ["key", "key.pub"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_one_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_or_create(path, "audit.example")
    path.chmod(mode)
    with pytest.raises(BadKey, match="can be read by others"):
        load_or_create(path, "audit.example")


@pytest.mark.parametrize("content", ["", "no key", "PRIVATE+KEY+a+00000000+AAAA"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(BadKey, match="holds no key"):
        load_or_create(path, "audit.example")


def test_a_name_with_a_space_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="name"):
        load_or_create(tmp_path / "key", "two words")
    assert not (tmp_path / "key").exists()


def test_earlier_keys_are_trusted_too() -> None:
    key, old = Key.from_seed("a", bytes(32)), Key.from_seed("b", bytes(32)).public_text
    assert trusted_keys(key, f" {old}\n") == [key.public_text, old]
    with pytest.raises(BadKey, match="audit_earlier_keys"):
        trusted_keys(key, "nothing")
