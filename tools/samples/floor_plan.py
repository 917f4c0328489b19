"""Figure 1 of SOP-004: the depot's ground floor with zones, exits and the assembly point."""

from __future__ import annotations

from tools.samples.drawing import BOLD, Canvas

GREEN, AMBER, RED, WAY_OUT = "#d3ead8", "#fbe6b8", "#f5cfc9", "#1b7a3d"


def floor_plan() -> bytes:
    """Return the plan as a PNG of 1300 by 889 pixels."""
    plan = Canvas(468, 320)
    _draw_rooms(plan)
    _draw_ways_out(plan)
    _draw_legend(plan)
    return plan.png()


def _draw_rooms(plan: Canvas) -> None:
    plan.box((1, 60, 112, 130), "Reception", fill=GREEN, note="sign in here")
    plan.box((1, 130, 112, 190), "Meeting room", fill=GREEN)
    plan.box((1, 190, 112, 260), "Offices", fill=GREEN)
    plan.box((112, 60, 232, 130), "Goods-in and\ncold dock", fill=AMBER)
    plan.box((112, 130, 340, 190), "Main corridor", fill=AMBER)
    plan.box((232, 60, 340, 130), "Dispatch", fill=AMBER)
    plan.box((112, 190, 188, 260), "Cold room\nCR-1", fill=RED)
    plan.box((188, 190, 264, 260), "Cold room\nCR-2", fill=RED, note="quarantine")
    plan.box((264, 190, 340, 260), "Freezers\nFR-1, UF-1", fill=RED)
    plan.box((340, 60, 450, 130), "Plant room", fill=RED, note="permit only")
    plan.box((340, 130, 450, 260), "Metrology\nand archive", fill=AMBER)


def _draw_ways_out(plan: Canvas) -> None:
    plan.box((158, 4, 294, 30), "Assembly point, north car park")
    plan.arrow([(56, 74), (56, 17), (156, 17)], colour=WAY_OUT)
    plan.arrow([(172, 74), (172, 32)], colour=WAY_OUT)
    plan.arrow([(286, 74), (286, 32)], colour=WAY_OUT)
    plan.arrow([(436, 240), (463, 240), (463, 17), (296, 17)], colour=WAY_OUT)
    exits = ((26, 52, "Exit 1"), (178, 52, "Exit 2"), (256, 52, "Exit 3"), (406, 243, "Exit 4"))
    for x, y, name in exits:
        plan.text((x, y), name, font=BOLD, size=7.5, colour=WAY_OUT)


def _draw_legend(plan: Canvas) -> None:
    entries = (
        (GREEN, "Green zone: visitors with a host"),
        (AMBER, "Amber zone: protective equipment"),
        (RED, "Red zone: induction or permit"),
    )
    for number, (colour, text) in enumerate(entries):
        left = 1 + number * 154
        plan.box((left, 276, left + 14, 290), fill=colour)
        plan.text((left + 20, 286), text, size=7.5)
    plan.arrow([(1, 306), (14, 306)], colour=WAY_OUT)
    plan.text((21, 309), "Way out", size=7.5)
