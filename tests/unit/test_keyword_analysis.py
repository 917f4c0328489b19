"""Terms of texts and questions in many languages and scripts."""

from __future__ import annotations

import time

import pytest

from shared.keywords.analysis import Text, analyse_question
from shared.keywords.folding import fold, normalize
from shared.keywords.spelling import distance, edits_allowed
from shared.keywords.stop_words import STOP_WORDS

# (language, a text of it, a question, words of the text that the question must match)
LANGUAGES = [
    ("en", "The valves are inspected by the technicians.", "Who inspects a valve?", 2),
    ("de", "Die Prüfungen der Geräte macht die Werkstatt.", "Welche Prüfung braucht das Gerät?", 2),
    ("fr", "Les vannes sont contrôlées par les techniciens.", "Qui contrôle la vanne ?", 2),
    ("es", "Las válvulas son inspeccionadas por los técnicos.", "¿Qué técnico inspecciona?", 2),
    ("it", "Le valvole sono controllate dai tecnici.", "Chi controlla la valvola?", 2),
    ("pt", "As válvulas são inspecionadas pelos técnicos.", "Que técnico inspeciona?", 2),
    ("nl", "De kleppen worden door de monteurs gecontroleerd.", "Welke monteur is dat?", 1),
    ("sv", "Pumparna och ventilerna kontrolleras av teknikern.", "Vilken pump och ventil?", 2),
    ("da", "Pumperne og ventilerne kontrolleres af teknikeren.", "Hvilken pumpe?", 1),
    ("no", "Pumpene og ventilene kontrolleres av teknikeren.", "Hvilke pumper?", 1),
    ("fi", "Venttiilit ja pumput on tarkastettu.", "Mikä venttiili on tämä?", 1),
    ("hu", "A szivattyúk és a szelepek nem tiszták, ezért mosni kell.", "Hol van a szivattyú?", 1),
    ("ro", "Supapele și pompele sunt verificate de tehnicieni.", "Care pompă este?", 1),
    ("tr", "Pompalar ve vanalar bu teknisyen tarafından temizlenir.", "Hangi pompa için?", 1),
    ("pl", "Zawory i pompy są sprawdzane przez techników.", "Który technik sprawdza?", 2),
    ("ru", "Насосы и клапаны проверяются техниками.", "Кто проверяет насос?", 1),
    ("el", "Οι αντλίες και οι βαλβίδες ελέγχονται από τους τεχνικούς.", "Ποια βαλβίδα είναι;", 1),
    ("ar", "يتم فحص المضخات والصمامات من قبل الفنيين.", "ما هي المضخة؟", 1),
    ("he", "המשאבה נבדקת על ידי הטכנאי של המפעל", "מי הוא הטכנאי?", 1),
    ("fa", "این پمپ‌ها توسط تکنسین بررسی می شود", "تکنسین کیست؟", 1),
    ("hi", "पंप की जाँच तकनीशियन द्वारा की जाती है", "पंप की जाँच कौन करता है?", 2),
    ("ta", "பம்புகள் மற்றும் வால்வுகள் ஒரு தொழிலாளி", "எந்த தொழிலாளி?", 1),
    ("ko", "펌프는 기술자가 점검합니다.", "펌프 점검", 2),
    ("zh", "水泵由技术员检查。", "谁检查水泵？", 2),
    ("ja", "ポンプは技術者が点検します。", "ポンプを点検するのは誰ですか", 2),
    ("th", "ปั๊มน้ำถูกตรวจสอบโดยช่าง", "ใครตรวจสอบปั๊มน้ำ", 2),
    ("km", "ម៉ាស៊ីនបូមទឹក", "ម៉ាស៊ីនបូមទឹក", 2),
]


@pytest.mark.parametrize(("language", "text", "question", "words"), LANGUAGES)
def test_question_matches_other_forms_of_its_words(language, text, question, words):
    passage = Text.of(text)
    languages = passage.languages()
    if language in STOP_WORDS and language != "ko":
        assert language in languages.values()

    indexed = set(passage.stems(languages))
    matched = [
        term
        for term in analyse_question(question, [languages]).terms
        if indexed.intersection(term.stems)
    ]
    assert len(matched) >= words


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("What is the yellow label for?", ["yellow", "label"]),
        ("Wie hoch ist der Grenzwert?", ["hoch", "grenzwert"]),
        ("¿Cuántas bombas hay?", ["bombas"]),
        ("Сколько стоит насос?", ["стоит", "насос"]),
        ("水泵是什么", ["水泵", "泵是"]),
        ("The Who", ["the", "who"]),
    ],
)
def test_question_words_are_left_out_unless_there_is_nothing_else(question, shown):
    assert [term.shown for term in analyse_question(question).terms] == shown


def test_word_is_stemmed_in_the_languages_of_the_index():
    (term,) = analyse_question("Größen", [{"latin": "en"}, {"latin": "de"}]).terms

    assert term.stems == ("grossen", "gross")


def test_chunk_without_evidence_keeps_the_language_of_its_document():
    assert Text.of("Kündigungen").languages({"latin": "de"}) == {"latin": "de"}
    assert Text.of("Was it the one that was there?").languages({"latin": "de"}) == {"latin": "en"}


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("CAFÉ", "cafe"),
        ("Straße", "strasse"),
        ("ＡＢＣ１２３", "abc123"),
        ("ﬁlter", "filter"),
        ("İstanbul", "istanbul"),
        ("ΤΡΆΠΕΖΑ", "τραπεζα"),
        ("ЁЛКА", "елка"),
        ("שָׁלוֹם", "שלום"),
        ("مُـحَـمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("کتاب", "كتاب"),
        ("co\u00adoperate", "cooperate"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
    ],
)
def test_spellings_that_readers_take_for_the_same_are_folded(written, same):
    assert fold(written) == same


def test_signs_of_scripts_that_need_them_are_kept():
    assert fold("हिन्दी") == "हिन्दी"
    assert fold("ที่") == "ที่"


def test_long_words_are_cut():
    assert [len(word) for word in Text.of("x" * 500).words] == [64]


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("valve", "valve", 0), ("vavle", "valve", 1), ("valv", "valves", 2), ("pump", "valve", 3)],
)
def test_distance_counts_edits_up_to_the_limit(one, other, edits):
    assert distance(one, other, 2) == edits


def test_short_words_and_numbers_have_no_edits():
    assert [edits_allowed(word) for word in ("abc", "valve", "calibrate", "4711", "x4711")] == [
        0, 1, 2, 0, 0,
    ]  # fmt: skip


HOSTILE = [
    "a-" * 50_000,
    "1," * 50_000,
    "1 " * 50_000,
    "9" * 100_000,
    "\u0e31" * 100_000,
    "2024 " * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_time_grows_with_the_length_of_hostile_text_only(text):
    def spent(part: str) -> float:
        begun = time.process_time()
        Text.of(part).codes()
        return time.process_time() - begun

    # Quadratic growth would take 100 times as long.
    assert spent(text) < 40 * (spent(text[: len(text) // 10]) + 0.01)


def test_normalising_keeps_accents_for_the_stemmers():
    assert normalize("GRÖSSE") == "grösse"
