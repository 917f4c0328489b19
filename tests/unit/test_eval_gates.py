"""The table of gates: what was reached, what misses its aim, what was not measured."""

from __future__ import annotations

from typing import Any

from eval import gates

REACHED: dict[str, dict[str, Any]] = {
    gates.ITEMS: {"hit@1": {"mean": 0.91}, "hit@10": {"mean": 0.9}},
    gates.KEYS: {
        "hit@1": {"mean": 0.98},
        "answerable": {"right": {"mean": 0.95}},
        "answers with foreign values": {"mean": 0.01},
    },
}


def test_table_has_a_row_for_each_gate_and_marks_what_misses_its_aim() -> None:
    table = gates.markdown(REACHED)
    header, rule, *rows = table.splitlines()
    assert header == "| gate | before | aim | reached |"
    assert len(rows) == len(gates.GATES)
    assert all(row.count("|") == rule.count("|") for row in rows)
    (items,) = (row for row in rows if row.startswith("| known items"))
    assert items.endswith("| .476 / .781 | ≥ 0.90 / ≥ 0.95 | 0.910 / **0.900** |")
    (keys,) = (row for row in rows if row.startswith("| exact keys"))
    assert keys.endswith("| 0.980 / 0.950 / **0.010** |")


def test_gate_of_a_set_that_was_not_measured_is_open() -> None:
    (cranfield,) = (gate for gate in gates.GATES if gate.title.startswith("Cranfield"))
    assert gates.markdown(REACHED).count("| – |") >= 1
    assert not cranfield.values[0].is_met(REACHED)
    assert cranfield.values[0].is_met({gates.CRANFIELD: {"nDCG@10": {"mean": 0.4}}})
