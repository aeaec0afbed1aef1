"""Whatever is changed behind the application's back is found, and said where it is."""

from __future__ import annotations

import pytest

from tests.integration.audit.conftest import Archive

pytestmark = pytest.mark.anyio

CHANGES = {
    "who did it": "UPDATE journal SET actor_id = gen_random_uuid() WHERE process_id = $1 AND seq = $2",
    "when": "UPDATE journal SET at = at + interval '1 second' WHERE process_id = $1 AND seq = $2",
    "what was done": "UPDATE journal SET action = 'deny' WHERE process_id = $1 AND seq = $2",
    "where it went": "UPDATE journal SET to_state = 'draft' WHERE process_id = $1 AND seq = $2",
    "why": "UPDATE journal SET basis = basis || '。' WHERE process_id = $1 AND seq = $2",
    "what was filed": "UPDATE journal SET digests = '{}' WHERE process_id = $1 AND seq = $2",
    "its own hash": "UPDATE journal SET hash = sha256(hash) WHERE process_id = $1 AND seq = $2",
    "the row is gone": "DELETE FROM journal WHERE process_id = $1 AND seq = $2",
}


async def test_an_archive_nobody_touched_holds(archive: Archive) -> None:
    assert await archive.verify() == []


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_journal_row_is_found_at_its_place(archive: Archive, change: str) -> None:
    seq = await archive.seq_of("give_opinion")
    await archive.alter(CHANGES[change], archive.case.id, seq)
    found = await archive.verify()
    assert found
    assert {d.number for d in found} == {archive.number}, "and nothing of the other case"
    assert min(d.seq for d in found) == seq


@pytest.mark.parametrize("action", ["submit", "record_visit", "prepare_worksheet", "confirm"])
async def test_a_changed_record_is_found_be_it_a_form_a_worksheet_or_a_decision(
    archive: Archive, action: str
) -> None:
    seq = await archive.seq_of(action)
    await archive.alter(
        """UPDATE process_record SET body = set_byte(body, length(body) - 1, get_byte(body, length(body) - 1) # 1)
           WHERE process_id = $1 AND seq = $2""",
        archive.case.id,
        seq,
    )
    [found] = await archive.verify()
    assert (found.number, found.seq) == (archive.number, seq)
    assert "被改动" in found.what


async def test_a_record_that_is_gone_or_moved_elsewhere_is_found(archive: Archive) -> None:
    seq = await archive.seq_of("confirm")
    await archive.alter("DELETE FROM process_record WHERE process_id = $1 AND seq = $2", archive.case.id, seq)
    [found] = await archive.verify()
    assert (found.seq, "应有 1 份填写内容，现存 0 份" in found.what) == (seq, True)


async def test_a_record_put_in_by_hand_is_found(archive: Archive) -> None:
    seq = await archive.seq_of("accept")
    await archive.alter(
        """INSERT INTO process_record (tenant_id, process_id, seq, position, kind, at, by, body)
           SELECT tenant_id, process_id, seq, 9, kind, at, by, body FROM process_record
           WHERE process_id = $1 AND seq = $2 LIMIT 1""",
        archive.case.id,
        seq,
    )
    assert [(d.number, d.seq) for d in await archive.verify()] == [(archive.number, seq)]


async def test_the_decision_of_another_case_does_not_pass_for_this_ones(archive: Archive) -> None:
    """A record is sealed for its place: a copied body does not open there, whoever copied it."""
    seq = await archive.seq_of("accept")
    await archive.alter(
        """UPDATE process_record r SET body = o.body FROM process_record o
           WHERE r.process_id = $1 AND r.seq = $2 AND o.process_id = (SELECT p.id FROM process p WHERE p.id <> $1 LIMIT 1)
             AND o.kind = r.kind""",
        archive.case.id,
        seq,
    )
    assert [(d.number, d.seq) for d in await archive.verify()] == [(archive.number, seq)]


async def test_an_evidence_file_changed_or_gone_is_found_at_every_step_that_rests_on_it(
    archive: Archive,
) -> None:
    photo = archive.bureau.photo
    [file] = [path for path in (archive.folder / "objects").rglob("*") if path.name == photo]
    original = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    changed = [d for d in await archive.verify() if d.number == archive.number]
    assert {d.seq for d in changed} == {
        await archive.seq_of(a) for a in ("record_visit", "start_posting", "end_posting")
    }
    assert all(photo[:12] in d.what and "被改动" in d.what for d in changed)
    file.unlink()
    gone = [d for d in await archive.verify() if d.number == archive.number]
    assert [d.seq for d in gone] == [d.seq for d in changed]
    assert all("读不到" in d.what for d in gone)
    file.write_bytes(original)
    assert await archive.verify() == []


async def test_the_last_rows_cut_off_are_found(archive: Archive) -> None:
    last = await archive.seq_of("publish")
    await archive.alter(
        "DELETE FROM process_record WHERE process_id = $1 AND seq = $2", archive.case.id, last
    )
    await archive.alter("DELETE FROM journal WHERE process_id = $1 AND seq = $2", archive.case.id, last)
    [found] = await archive.verify()
    assert (found.number, found.seq) == (archive.number, last)


async def test_the_last_rows_cut_off_together_with_the_head_are_found_by_the_days_root(
    sealed: Archive,
) -> None:
    """Chain and process agree with each other again; what was sealed at night does not."""
    last = await sealed.seq_of("publish")
    assert await sealed.verify() == []
    for table in ("process_record", "journal"):
        await sealed.alter(f"DELETE FROM {table} WHERE process_id = $1 AND seq = $2", sealed.case.id, last)
    await sealed.alter(
        """UPDATE process SET version = $2, state = 'confirmed',
                  head = (SELECT hash FROM journal WHERE process_id = $1 AND seq = $2) WHERE id = $1""",
        sealed.case.id,
        last - 1,
    )
    [found] = await sealed.verify()
    assert (str(sealed.bureau.today) in found.what, "总摘要" in found.what) == (True, True)


async def test_a_process_taken_away_is_found_even_when_its_journal_goes_with_it(sealed: Archive) -> None:
    await sealed.alter("DELETE FROM process WHERE id = $1", sealed.case.id)
    assert any(str(sealed.case.id) in d.number and "不见了" in d.what for d in await sealed.verify())
    await sealed.alter("DELETE FROM journal WHERE process_id = $1", sealed.case.id)
    [found] = await sealed.verify()
    assert "总摘要" in found.what


async def test_a_process_whose_whole_journal_is_gone_is_found(archive: Archive) -> None:
    await archive.alter("DELETE FROM journal WHERE process_id = $1", archive.case.id)
    found = await archive.verify()
    assert any(d.number == archive.number and "都不见了" in d.what for d in found)


async def test_a_state_or_version_set_by_hand_is_found(archive: Archive) -> None:
    await archive.alter("UPDATE process SET state = 'refused' WHERE id = $1", archive.case.id)
    found = await archive.verify()
    assert [d.number for d in found] == [archive.number]


async def test_a_head_set_by_hand_is_found(archive: Archive) -> None:
    await archive.alter("UPDATE process SET head = sha256('x') WHERE id = $1", archive.case.id)
    assert [d.number for d in await archive.verify()] == [archive.number]
