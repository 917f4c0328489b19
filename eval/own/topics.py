"""Topics of one-fact cases: words and sentences, in two halves that share none. No I/O.

Those of a third set are in `eval/own/fresh_topics.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """Facts of one form: each of `items` has one of `values`.

    `sentence`, `continued` (under a heading that names the item), `faq` and `asks` are templates
    with `{item}` and `{value}`; `other` asks for what no document of the topic says. `missing` are
    items of the same sort that no document names.
    """

    name: str
    title: str
    opening: str
    columns: tuple[str, str]
    sentences: tuple[str, ...]
    continued: str
    faq: str
    asks: tuple[str, ...]
    other: str
    items: tuple[str, ...]
    values: tuple[str, ...]
    missing: tuple[str, ...]


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a text between its commas."""
    return tuple(part.strip() for part in text.split(","))


_WORKSHOP = Topic(
    name="workshop",
    title="Workshop register",
    opening="This register is renewed at the end of each quarter.",
    columns=("Tool", "Location"),
    sentences=(
        "The {item} is stored in the {value}.",
        "You find the {item} in the {value}.",
        "The {item} belongs in the {value}.",
    ),
    continued="It is stored in the {value}.",
    faq="Where is the {item} stored?",
    asks=("Where can I find the {item}?", "Where is the {item}?", "Where is the {item} kept?"),
    other="How heavy is the {item}?",
    items=listed(
        "angle grinder, band saw, bench vice, blow lamp, bolt cutter, cable drum, chain hoist, "
        "cordless screwdriver, crowbar, drill press, feeler gauge, glue gun, heat gun, hand plane, "
        "impact wrench, laser level, lathe, mitre box, nail gun, oil can, pipe bender, rivet gun, "
        "socket set, soldering iron, spirit level, torque wrench, vacuum pump, welding mask"
    ),
    values=listed(
        "north annexe, glass cabinet, loading bay, spray booth, lower gallery, "
        "white container, tyre store, mezzanine"
    ),
    missing=listed("router table, thread cutter, plasma torch, wood chipper, dowel jig"),
)
_DUTIES = Topic(
    name="duties",
    title="Who looks after what",
    opening="Absences are reported to the front desk before nine.",
    columns=("Duty", "Person"),
    sentences=(
        "{value} looks after the {item}.",
        "The {item} is looked after by {value}.",
        "{value} is responsible for the {item}.",
    ),
    continued="{value} is responsible for this.",
    faq="Who takes care of the {item}?",
    asks=(
        "Who looks after the {item}?",
        "Who is responsible for the {item}?",
        "Who is in charge of the {item}?",
    ),
    other="When was the {item} bought?",
    items=listed(
        "aquarium, coffee machine, herb garden, post room, key cabinet, print room, bicycle rack, "
        "meeting calendar, library corner, lost property box, canteen menu, roof terrace, "
        "recycling yard, projector trolley, visitor parking, newsletter, first floor kitchen, "
        "piano, stationery order, plant watering, sports hall, music archive, repair cafe, "
        "delivery ramp, noticeboards, office dog"
    ),
    values=listed(
        "Ingrid Solheim, Tomas Varga, Beatriz Nunes, Kofi Mensah, Leila Haddad, Piotr Zielinski, "
        "Hannah Osei, Ruben Castellano, Mei Tanaka, Oskar Lindqvist"
    ),
    missing=listed("telescope dome, swimming pool, beehives, wine cellar, tennis court"),
)
_OPENING = Topic(
    name="opening",
    title="Market hall",
    opening="Dogs stay outside the hall.",
    columns=("Stall", "Opens"),
    sentences=(
        "The {item} opens at {value}.",
        "At {value} the {item} opens.",
        "Opening of the {item} is at {value}.",
    ),
    continued="It opens at {value}.",
    faq="At what time does the {item} open?",
    asks=(
        "When does the {item} open?",
        "What is the opening time of the {item}?",
        "At what time can I go to the {item}?",
    ),
    other="Who owns the {item}?",
    items=listed(
        "bakery, butcher, cheese counter, cobbler, cook shop, egg stand, fish bar, florist, "
        "game dealer, grocer, hat stand, herbalist, honey stand, juice bar, key cutter, "
        "noodle bar, nut roaster, olive counter, pickle barrel, poultry stall, sausage kitchen, "
        "seed shop, soup corner, spice merchant, tea room, wine cabin"
    ),
    values=listed(
        "5:30, 6:15, 7:00, 7:45, 8:20, 9:10, half past ten, a quarter to eleven, noon, two o'clock"
    ),
    missing=listed("barber, bicycle shop, ice cream parlour, pharmacy, watchmaker"),
)
_ORIGIN = Topic(
    name="origin",
    title="Catalogue of the town museum",
    opening="Flash photography is not permitted.",
    columns=("Exhibit", "Origin"),
    sentences=(
        "The {item} comes from {value}.",
        "The {item} was found in {value}.",
        "{value} is where the {item} was made.",
    ),
    continued="It comes from {value}.",
    faq="Where was the {item} made?",
    asks=(
        "Where does the {item} come from?",
        "What is the origin of the {item}?",
        "From which place is the {item}?",
    ),
    other="How much did the museum pay for the {item}?",
    items=listed(
        "amber necklace, bone comb, bronze mirror, butter mould, clay whistle, copper kettle, "
        "cradle, dragon banner, drinking horn, fan of feathers, glass bead, horse brass, "
        "inkstone, ivory dice, jade ring, lute, mask of straw, neck stool, oil lamp, "
        "painted shield, quiver, saddle cloth, silver thimble, snuff bottle, tally stick, "
        "wedding chest"
    ),
    values=listed(
        "Gotland, Samarkand, Toledo, Benin, Nagasaki, Cusco, Lemberg, Timbuktu, Palermo, Hobart"
    ),
    missing=listed("astrolabe, birch canoe, hourglass, music box, temple bell"),
)
_CLEANING = Topic(
    name="cleaning",
    title="Cleaning plan of the clinic",
    opening="Gloves are worn for all work in this plan.",
    columns=("Room", "Cleaned"),
    sentences=(
        "The {item} is cleaned on {value}.",
        "Cleaning of the {item} takes place on {value}.",
        "On {value} the {item} is cleaned.",
    ),
    continued="Cleaning takes place on {value}.",
    faq="When do you clean the {item}?",
    asks=(
        "When is the {item} cleaned?",
        "On which day is the {item} cleaned?",
        "What is the cleaning time of the {item}?",
    ),
    other="Who painted the {item}?",
    items=listed(
        "waiting room, dispensary, plaster room, sluice, linen store, dark room, ward kitchen, "
        "nurses' station, blood bank, dressing room, ambulance bay, chapel of rest, "
        "dialysis suite, endoscopy unit, fracture clinic, hearing booth, isolation ward, "
        "milk kitchen, operating theatre, recovery room, sleep laboratory, staff canteen, "
        "treatment room, x-ray room"
    ),
    values=listed(
        "Monday morning, Monday evening, Tuesday noon, Wednesday morning, Thursday evening, "
        "Friday afternoon, Saturday night, Sunday noon"
    ),
    missing=listed("birthing pool, cold store, helipad, lecture hall, mortuary"),
)
_PRICES = Topic(
    name="prices",
    title="Price list of the nursery",
    opening="Prices include the pot and a label.",
    columns=("Plant", "Price"),
    sentences=(
        "A {item} costs {value}.",
        "The price of a {item} is {value}.",
        "We sell a {item} for {value}.",
    ),
    continued="One costs {value}.",
    faq="How expensive is a {item}?",
    asks=(
        "How much does a {item} cost?",
        "What is the price of a {item}?",
        "What do I pay for a {item}?",
    ),
    other="How tall does a {item} grow?",
    items=listed(
        "blackthorn, cornel cherry, dog rose, field maple, fig tree, gooseberry, hazel, "
        "hornbeam, juniper, laurel, lilac, medlar, mulberry, myrtle, pear tree, privet, quince, "
        "rosemary, rowan, sea buckthorn, silver birch, spindle, wayfaring tree, weeping willow"
    ),
    values=listed(
        "4.20 euros, 5.90 euros, 7.35 euros, 8.80 euros, 11.40 euros, 13.65 euros, 16.10 euros, "
        "19.95 euros, 23.70 euros, 28.15 euros"
    ),
    missing=listed("magnolia, olive tree, palm, sequoia, tamarisk"),
)
_ARCHIVE = Topic(
    name="archive",
    title="Finding aid of the parish archive",
    opening="Readers order records at the counter.",
    columns=("Record", "Place"),
    sentences=(
        "The {item} lies in {value}.",
        "In {value} you find the {item}.",
        "The {item} has its place in {value}.",
    ),
    continued="Its place is {value}.",
    faq="In which place is the {item}?",
    asks=(
        "Where is the {item}?",
        "Where does the {item} lie?",
        "In which cupboard or drawer is the {item}?",
    ),
    other="Who wrote the {item}?",
    items=listed(
        "bell ledger, baptism register, boundary map, burial roll, candle account, charter book, "
        "choir statutes, churchwarden diary, confession list, court roll, donation book, "
        "flood report, guild letter, harvest tally, hearth tax list, inventory of 1790, land deed, "
        "marriage register, mill contract, organ plan, pew plan, pilgrim list, rent book, "
        "school roll, sermon notes, tithe map"
    ),
    values=listed(
        "drawer nine, the oak chest, the map cupboard, the iron safe, the vestry cabinet, "
        "box seventeen, the glass case, the long shelf"
    ),
    missing=listed("army muster, bishop's seal, ferry licence, plague letter, toll book"),
)
DEV = (_WORKSHOP, _DUTIES)
# Topics of further layouts to tune on.
MORE_DEV = (_OPENING, _ORIGIN)
TEST = (_CLEANING, _PRICES, _ARCHIVE)
