"""Words of a question that name nothing, in English and a dozen other languages."""

from __future__ import annotations

from services.query.lexical import STOP_WORDS as _ENGLISH
from services.query.lexical import stem

ENGLISH = _ENGLISH
_OTHERS = """
der die das den dem des ein eine einen einem einer eines ist sind war waren wird werden wurde
wurden wer wie wo wann warum wieso welche welcher welches welchem welchen was wem wen wessen woher
wohin und oder aber nicht kein keine mit von vom zu zum zur bei beim für auf aus nach über unter
durch im am ans ins als auch es er sie ich wir ihr man sich hat haben hatte kann können muss
müssen soll sollen darf dürfen viel viele gibt le la les un une des du de d l qu que qui quoi quel
quelle quels quelles est sont était étaient où quand comment pourquoi combien et ou mais ne pas
avec par pour dans sur sous au aux en ce cette ces il elle ils elles se sa son ses a ont été être
avoir fait faire peut doit y el los las una unos unas del al qué cuál cuáles quién quiénes dónde
cuándo cómo cuánto cuánta cuántos cuántas por para con sin sobre entre es son era eran fue fueron
ser está están hay ha han y o pero no se su sus lo como más il lo gli i uno della delle dello
degli dei nel nella nelle che chi cosa dove quando come perché quanto quanta quanti quante è sono
era erano con per tra fra da di si non e o os as um uma uns umas do da dos das no na nos nas em
que quem qual quais onde quando como quanto quantos quantas é são foi foram com sem por para se
não e ou ao het een van wat wie waar wanneer waarom hoe welk welke zijn was waren wordt worden en
of niet met voor op uit naar bij aan dat die deze dit er hebben heeft ve bir bu ne kim nerede
zaman nasıl kaç hangi mi mı mu mü ile için olan olarak da de что кто где когда как почему какой
какая какое какие каком сколько и в во на с со по из за для от к у о об не это был была было были
есть чем ο η το οι τα του της των τον την στο στη στον στην στις στα ένα μια ένας και από με για
που τι ποιος ποια ποιο ποιοι πού πότε πώς πόσο πόσα πόσοι είναι ήταν σε να θα δεν ما من هو هي أين
متى كيف لماذا كم في على إلى عن التي الذي هذا هذه هل كان كانت أي
"""
STOP_WORDS = ENGLISH | frozenset(_OTHERS.split())
_RELATIONS = """
look charge responsible responsibility care
come came go went get got take taken work live
clause section article paragraph chapter soon early late exactly total
time date place origin number amount quantity step item list need require property
find found locate located location situated placed place stand stored store keep kept put hang lie
sit belong happen occur call called name named mean meaning refer apply concern relate regard
involve provide exist say state stated describe explain tell list give show shown display
according use used make made
"""
RELATIONS = frozenset(stem(word) for word in _RELATIONS.split())
