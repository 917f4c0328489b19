"""Common words for the same relation, so that a question may use another one than the document.

Things have names of their own and are in no group: a ladder is no staircase.
"""

from __future__ import annotations

from services.query.lexical import stem

_GROUPS = """
price cost fee tariff
begin start commence launch onset
end finish terminate conclude expire expiry
weigh weight mass heavy
tall height high
long length
wide width
deep depth
old age
fast speed quick
big size large
hot temperature
buy purchase acquire
repair fix mend
maximum max highest upper most
minimum min lowest least
phone telephone tel
reference ref
department dept
fax facsimile telefax
edit editor edition
own owner ownership
employee staff worker personnel
allow permit
forbid prohibit
responsible charge
colour color
sign signature
approve approval authorise authorize authorisation
keep retain retention
store storage
contain include comprise
clean cleaning wash
check inspect inspection verify verification examine
replace change exchange substitute
frequency often interval
car vehicle automobile
establish founder
die death dead
bear born birth
marry married marriage wife husband spouse
write author wrote written
win won winner victory champion
build built construct construction
pay payment paid
send sent dispatch ship
buyer customer client
boss manager head chief
holiday vacation
error fault failure malfunction
guarantee warranty
rule regulation
photo photograph picture image
duration period
deadline due
sell sold sale sales
teach taught teacher
speak spoke spoken speech
think thought
choose chose chosen choice
hold held
lose lost loss
lead led leader
grow grew grown growth
break broke broken
eat ate eaten
hire recruit
kilogram kg kilo kilograms
metre meter metres meters
litre liter litres liters
hour hours hr hrs
minute minutes mins
"""
_CONCEPTS = {
    stem(word): stem(group.split()[0])
    for group in _GROUPS.strip().splitlines()
    for word in group.split()
}


def concept(stemmed: str) -> str:
    """Return the first stem of the group that a stem belongs to, or the stem itself.

    >>> concept(stem("fees")) == concept(stem("price"))
    True
    """
    return _CONCEPTS.get(stemmed, stemmed)
