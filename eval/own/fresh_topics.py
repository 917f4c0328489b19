"""Topics of the set that no change of the product has been checked on. No I/O."""

from __future__ import annotations

from eval.own.topics import Topic, listed

_MOORINGS = Topic(
    name="moorings",
    title="Moorings of the sailing club",
    opening="Visitors report to the harbour office on arrival.",
    columns=("Boat", "Berth"),
    sentences=(
        "The {item} is moored at {value}.",
        "At {value} lies the {item}.",
        "The berth of the {item} is {value}.",
    ),
    continued="Its berth is {value}.",
    faq="Where is the {item} moored?",
    asks=(
        "Where is the {item} moored?",
        "Which berth does the {item} have?",
        "Where does the {item} lie?",
    ),
    other="Who paints the {item}?",
    items=listed(
        "grey ketch, training dinghy, rescue launch, survey barge, pilot cutter, oyster smack, "
        "harbour tug, glass-bottom boat, racing sloop, fishing punt, paddle steamer, "
        "salvage lighter, dive boat, wooden yawl, ice breaker, mail ferry, dredger, houseboat, "
        "canal narrowboat, rowing eight, cable layer, floating crane, lobster boat, fire boat"
    ),
    values=listed(
        "pontoon A, pontoon F, the inner quay, the slipway, the coal wharf, the breakwater, "
        "the fuel jetty, the yacht basin"
    ),
    missing=listed("whale boat, hydrofoil, banana freighter, catamaran, submarine"),
)
_RIPENING = Topic(
    name="ripening",
    title="Cellar book of the dairy",
    opening="The cellar is kept dark.",
    columns=("Cheese", "Ripens for"),
    sentences=(
        "The {item} ripens for {value}.",
        "We let the {item} ripen for {value}.",
        "Ripening of the {item} takes {value}.",
    ),
    continued="It ripens for {value}.",
    faq="How long does the {item} ripen?",
    asks=(
        "How long does the {item} ripen?",
        "For how long is the {item} left to ripen?",
        "How long does it take to ripen the {item}?",
    ),
    other="Who delivers the milk for the {item}?",
    items=listed(
        "ash log, nettle wheel, beer tomme, caraway round, chestnut leaf, cider washed square, "
        "clover brick, fenugreek wheel, goat button, hay cheese, herb ring, juniper smoked cone, "
        "mountain wheel, pepper drum, pine bark round, red smear brick, saffron ball, "
        "seaweed block, sheep barrel, thyme crottin, truffle brie, walnut loaf"
    ),
    values=listed(
        "nine days, sixteen days, five weeks, seven weeks, four months, ten months, "
        "a year and a half, 33 days"
    ),
    missing=listed("banana feta, lemon quark, rum gouda, wasabi cream, plum raclette"),
)
_KEEPERS = Topic(
    name="keepers",
    title="Rota of the animal park",
    opening="Changes are written on the board by the gate.",
    columns=("Enclosure", "Keeper"),
    sentences=(
        "{value} feeds the {item}.",
        "The {item} are fed by {value}.",
        "For the {item}, {value} prepares the feed.",
    ),
    continued="{value} feeds them.",
    faq="Who feeds the {item}?",
    asks=(
        "Who feeds the {item}?",
        "Who gives the {item} their feed?",
        "By whom are the {item} fed?",
    ),
    other="How old are the {item}?",
    items=listed(
        "alpacas, barn owls, beavers, capybaras, cranes, emus, fallow deer, flamingos, gibbons, "
        "hedgehogs, iguanas, jackals, kestrels, lemurs, lynxes, meerkats, ocelots, otters, "
        "peacocks, porcupines, red pandas, seals, storks, tapirs, tortoises, wolverines"
    ),
    values=listed(
        "Amina Yusuf, Bertil Ekholm, Chiara Bonetti, Dmitri Petrov, Esther Mbeki, "
        "Fergus McAllister, Graciela Ortiz, Hideo Morita, Ivana Horvat"
    ),
    missing=listed("polar bears, elephants, sloths, penguins, zebras"),
)
FRESH = (_MOORINGS, _RIPENING, _KEEPERS)
