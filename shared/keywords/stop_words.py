"""Function words and question words of languages, by ISO 639-1 code. No I/O.

A question's stop words are not searched, and the stop words of a text tell its language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from shared.keywords.folding import fold, normalize

_LISTS = {
    "en": """
        a about after all also am an and any are as at be because been before being between both
        but by can could did do does doing during each every for from had has have having he her
        here him his how i if in into is it its many may me might more most much must my no nor
        not of off on once only or other our out over own per same shall she should since so some
        such tell than that the their them then there these they this those through to too under
        until up upon us very was we were what when where which while who whom whose why will
        with within without would you your
        """,
    "de": """
        aber alle allem allen aller als also am an ans auch auf aus bei beim bin bis da damit
        dann das dass dein dem den denn der des dessen die dies diese diesem diesen dieser dieses
        doch dort du durch ein eine einem einen einer eines er es für gibt haben hat hatte hatten
        hier ich ihm ihn ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes
        kann kein keine keinen können lautet man mehr mein mit muss müssen nach nicht noch nur ob
        oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sowie
        über um und uns unter viel viele vom von vor wann war waren warum was weil welche welchem
        welchen welcher welches wem wen wenn wer werden wessen wie wir wird wo wofür wodurch
        woher wohin womit worden wozu wurde wurden zu zum zur zwischen
        """,
    "fr": """
        a au aucun aussi autre aux avec avoir c ce ces cet cette ceux chez combien comme comment
        d dans de depuis des dont du elle elles en entre est et été être eu fait faut il ils j je
        l la laquelle le lequel les lesquelles lesquels leur leurs lors lui m mais même mes moins
        mon n ne ni nos notre nous on ont ou où par pas pendant peut plus pour pourquoi qu quand
        que quel quelle quelles quels qui quoi s sa sans se ses si son sont sous sur t ta te tes
        toi ton tous tout toute toutes très tu un une vers vos votre vous y était étaient
        """,
    "es": """
        a al algo ante aquel aquella así aun con cómo cual cuál cuáles cuando cuándo cuánta
        cuántas cuánto cuántos de del desde donde dónde durante e el él ella ellas ellos en entre
        era eran es esa ese eso esta está están estas este esto estos fue fueron ha había han
        hasta hay hizo la las le les lo los más me mi mis mucho muy ni no nos nosotros o os otra
        otro para pero por porque puede que qué quien quién quiénes se según ser si sí sido sin
        sobre son su sus también tan te tiene tienen todo todos tu un una unas uno unos y ya yo
        """,
    "it": """
        a ad agli ai al alla alle allo anche avere c che chi ci come con cosa cui da dagli dai
        dal dalla dalle dallo degli dei del della delle dello dentro di dopo dove e è ed era
        erano fra gli ha hai hanno ho i il in io l la le lei lo loro lui ma mi molto ne negli nei
        nel nella nelle nello noi non nostro o ogni per perché più può qual quale quali quando
        quanta quante quanti quanto quella quelle quelli quello questa queste questi questo sarà
        se sei si sia sono stata state stati stato su sua sue sugli sui sul sulla sulle suo suoi
        tra tu tutti tutto un una uno vi voi
        """,
    "pt": """
        a à ainda ao aos aquela aquele as às até cada com como da das de dela dele deles depois
        do dos e é ela elas ele eles em entre era eram essa esse esta está estão este eu foi
        foram há isso isto já lhe mais mas me mesmo meu minha muito na não nas nem no nos nós
        nossa nosso num numa o onde os ou para pela pelas pelo pelos pode por porque porquê qual
        quais quando quanta quantas quanto quantos que quê quem são se sem ser seu seus só sobre
        sua suas também tem têm ter teu tua um uma você
        """,
    "nl": """
        aan al alle als bij daar dan dat de deze die dit door een en er geen had hebben heeft hem
        het hier hij hoe hoeveel hun ik in is je kan kunnen maar meer met mijn moet moeten na
        naar niet nog nu of om omdat onder ons ook op over te tegen tot tussen u uit van veel
        voor waar waarin waarom wanneer waren was wat welk welke werd werden wie wiens wij worden
        wordt zal ze zich zij zijn zo zonder zou
        """,
    "da": """
        af alle at blev blive bliver da de dem den denne der deres det dette din disse du efter
        eller en end er et for fra få før han hans har havde have hende her hos hun hvad hvem
        hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i ikke ind jeg kan kunne
        man mange med meget men mod nogle nok nu når og også om op os over på sig sin sit skal
        skulle som sådan til ud under var ved vi vil ville være været
        """,
    "sv": """
        alla att av blev bli blir de dem den denna deras dess det detta dig din du där då efter
        eller en ett för från få ha hade han hans har hon hur här i icke in inte jag kan kunde
        man med mellan men mer mot mycket många ni nu när någon några och om oss på samma sedan
        sig sin ska skall som så till under upp ut utan vad var varför varje vem vi vid vilka
        vilken vilket vill är åt över
        """,
    "no": """
        alle at av ble bli blir da de deg dem den denne der deres det dette din disse du eller en
        er et ett etter for fordi fra før ha hadde han hans har henne her hos hun hva hvem hver
        hvilke hvilken hvilket hvis hvor hvordan hvorfor i ikke inn jeg kan kunne man mange med
        meg mellom men mer mot mye noen når nå og også om opp oss over på seg sin skal skulle som
        så til ut under var ved vi vil ville vært være
        """,
    "fi": """
        ei eivät ennen että he heidän hän hänen ilman itse ja jo joita joka jonka jos jossa jota
        jotka jälkeen kanssa keitä ketkä kohti koska kuin kuinka kuka kun kunka me mihin mikä
        miksi mille millainen milloin millä minkä minä missä mistä mitkä mitä mukaan mutta myös
        ne niiden niin noin nyt oli olivat olla on ovat paljonko se sekä sen siinä sille sitä tai
        tämä tämän vaan vai vain
        """,
    "hu": """
        a abban ahol ahogy aki akik alatt ami amit amely amelyek amikor az azok azonban azt be
        csak de egy egyik el ez ezek ezt fel ha hanem hány hogy hogyan hol honnan hová igen is ki
        kik kit kell közben le lehet lesz már meg mely melyik melyek mennyi mert mi miért mikor
        mint mit mivel nagyon nem nincs ő ők össze pedig s sem számára szerint után vagy van
        vannak volt voltak
        """,
    "ro": """
        a acea aceasta această acest acesta aceste acestea acum ai al ale am ar are as au avea
        având ca că când câtă câte câți cât care ce cel cea cei cele către ceea cine cu cum cui
        dar de decât deci despre din dintre doar după ea ei el ele era erau este eu fără fi fie
        fiecare fost iar îi îl îmi în între la le li lor lui mai mult ne nici noi nu o pe pentru
        peste până prin sa să sale sau se și sub sunt toate tot tu un una unde unei unor unui va
        vă voi
        """,
    "tr": """
        acaba ama ancak bana bazı belki ben beni bir biri birkaç birçok biz bu bunu bunun bütün
        da daha de değil diğer diye dolayı en gibi göre hangi hangisi hangileri hem hep hepsi her
        hiç için içinde ile ise kaç kadar kendi ki kim kime kimdir kimi kimin mı mi mu mü nasıl
        ne neden nedir nedeniyle nerede nereden nereye niçin niye o olan olarak oldu olduğu olup
        on ona onlar onu onun sonra şu tarafından tüm üzere var ve veya ya yani yok zaman
        """,
    "pl": """
        a aby ale albo bardzo bez być był była było były będzie ci co czego czy czym dla do gdy
        gdzie go i ich ile im innych ja jak jaka jaki jakie jako jego jej jest jeszcze jeśli już
        każdy kiedy kim kogo komu kto która które której który których którym lub ma mają mi może
        można na nad nie nim niż o od on ona one oni oraz po pod ponieważ przed przez przy się są
        ta tak także tam te tego tej ten to tu tych tylko tym w we więc wszystkie z za ze że
        """,
    "cs": """
        a aby ale ani až bez bude budou by byl byla byli bylo být co či další do ho i já jak jaká
        jaké jaký jako je jeho její jejich jen ještě jsem jsou k kam kde kdo kdy kdyby když ke
        kolik koho která které který kterých ma má mají mezi mi může na nad nebo není o od on ona
        oni po pod podle pokud pouze pro proč proto před při s se si své ta tak také tato ten
        tento to tohoto tom u už v ve více však z za že
        """,
    "id": """
        ada adalah agar akan antara apa apakah atau bagaimana bagi bahwa banyak beberapa berapa
        bisa dalam dan dapat dari dengan di dia hanya harus ia ini itu juga jika kami kapan
        karena ke kepada lebih maka mana mengapa mereka oleh pada para saat saja sangat sebagai
        secara sebuah sejak seperti serta setelah siapa sudah telah tentang tersebut tidak untuk
        yang
        """,
    "vi": """
        ai bao bị bởi các cái cho chỉ có của cũng đã đang đâu đây để đến đều đó được gì hay hoặc
        khi không là làm lúc lại mà mỗi một nào này nên nếu ở ra rằng rất sao sau sẽ tại theo thì
        trên trong từ và vào về vì với
        """,
    "ru": """
        а без более был была были было быть в вам вас весь во вот все всех вы где да для до его
        ее если есть еще же за и из или им их к как какая какие какое какой каком какую когда
        кого кому кто ли между меня мне много может можно мы на над надо нас не него нее нет ни
        них но о об однако он она они оно от откуда по под почему при про с свои свой себя
        сколько со также так такой там те тем то того тоже только том тот у уже чего чей чем что
        чтобы эта эти это этого этой этом этот я
        """,
    "uk": """
        а або але без був була були було бути в від він вона вони воно все всі що щоб де для до
        його її з за зі і й із коли кого кому котрий куди ми між на над не немає ні ніж о об один
        перед під по при про та так також такі там те ти тим то того тільки у хто це цей ця ці чи
        чий чим чому ще як яка яке який яких якого які якщо є
        """,
    "bg": """
        а без беше бъде бяха в ви във все всички где да до докато е за защо и из или им има к
        кога когато кого коя кое кой които който както как каква какво какви колко към къде между
        ми много може на над най не него ни ние но о от по под пред през при с са само се си след
        със също така те тези ти то това този тя че ще я
        """,
    "el": """
        αλλά αν από απο αυτά αυτές αυτή αυτό αυτοί αυτός αυτού για γιατί δεν δε διότι είναι εκεί
        ένα ένας ενός επί επίσης εάν έχει έχουν ή ήταν η θα ίδιο και κατά κάθε κάποιος με μετά
        μέχρι μη μην μια μιας μία μου μπορεί να ο οι όμως όπου όπως όταν ότι όχι παρά πιο ποια
        ποιά ποιας ποιες ποιο ποιοι ποιος ποιον ποιου πολύ πολλά πόσα πόσες πόσο πόσοι πότε που
        πού προς πρέπει πριν πώς πως σαν σας σε στα στη στην στις στο στον στους στου συν τα τι
        τις της τη την το τον του τους των τότε υπάρχει υπάρχουν υπό ως ώστε
        """,
    "ar": """
        أن أو أي أية أين أيضا إذا إلا إلى إن أنه أنها التي الذي الذين اللذان أما أمام أنا بعد بعض
        بل بما به بها بين تلك ثم حتى حول حيث خلال ذلك سوف سوى ضد عبر عدد عليه عليها على عن عند
        عندما غير في فيه فيها قبل قد كان كانت كل كم كما كيف لا لدى لكن لم لماذا لن له لها ليس ما
        ماذا مع متى مثل من منذ منه منها نحو نحن هذا هذه هل هم هنا هناك هو هي و وهو وهي وقد ولا
        وما يكون تكون يتم تم
        """,
    "fa": """
        آن آنها از است اگر اما این با باید بر برای بود بوده به پس تا تر ترین چرا چقدر چند چه چون
        چگونه چیست خود در دارد دارند داشت را روی شد شده شود کجا کدام که کرد کرده کسی کند کنند
        کنید کی ما می نیز نیست ها های هر هم همه همین و وی ولی یا یک
        """,
    "ur": """
        اس اسے اور ان انہیں اپنے ایک بھی پر تک تھا تھی تھے جب جس جو سے کا کب کر کس کسی کون کہ
        کہاں کی کیا کیسے کیوں کے گئی گیا لئے لیے میں نے نہیں وہ ہو ہوا ہوتا ہوتی ہوں ہے ہیں یا یہ
        """,
    "he": """
        אבל או אותו אותה אותם אחרי אחר אי איזה איזו אילו אין איך אינו אינה איפה אך אל אלה אם אני
        אנחנו אשר את אתה בו בה בין בלי בכל גם הוא היא היה היו היתה הייתה הם הן הזה הזאת הזו זה
        זאת זו יש יותר כאן כאשר כי כל כמה כמו כן לא לו לה להם לפי לפני לכן למה מאוד מדוע מה מהו
        מהי מי מתי מן נגד עד על עם של שם שלו שלה שלהם תחת
        """,
    "hi": """
        अपना अपनी अपने आदि इन इस इसका इसकी इसके इसे उन उस उसका उसकी उसके उसे एक एवं और कब कर करता
        करते करना करने कहाँ कहां का कि कितना कितनी कितने किन किया किस किसका किसकी किसके किसने
        किसी किसे की के को कोई कौन कौनसा क्या क्यों गया जब जा जिस जिसके जो तक तथा तो था थी थे
        द्वारा दिया न नहीं ने पर बहुत बाद भी में यह यहाँ या ये रहा रहे लिए व वह वहाँ वे सकता सकते
        साथ से हुआ हुई हुए है हैं हो होता होती होते होना
        """,
    "ta": """
        அந்த அது அல்லது அவர் அவர்கள் அவன் அவள் இந்த இது இல்லை இவை உள்ள உள்ளது என என்பது என்று
        என்ன என்றால் எங்கு எங்கே எத்தனை எந்த எப்படி எப்போது எவ்வளவு ஏன் ஒரு கொண்டு தான் போது
        மட்டும் மற்றும் மிக முதல் யார் வரை வேண்டும்
        """,
    "ko": """
        가장 각 같은 것 것은 것이 그 그것 그리고 누가 누구 누구의 누구인가 다른 대한 대해 대하여
        더 등 때 또는 또한 때문에 무슨 무엇 무엇을 무엇이 무엇인가 무엇인가요 및 수 어느 어디
        어디에 어디에서 어떤 어떻게 언제 얼마 얼마나 왜 위해 위한 이 이것 인가 있는 있다 있습니까
        있었다 저 하는 한 했다 했는가 몇
        """,
}

# Question words of scripts without spaces, which are cut out of questions, the longest first. Short
# function words are left, because their letters are parts of other words too.
UNSPACED = tuple(
    sorted(
        """
        什么 什麼 甚麼 怎么 怎麼 怎样 怎樣 如何 为什么 為什麼 为何 為何 多少 几个 幾個 哪个 哪個
        哪些 哪里 哪裡 哪儿 哪年 哪一年 何时 何時 请问 請問 是谁 是誰 どのように どのような どこ
        どれ どれくらい なぜ なんですか 何ですか 何年 何人 いつ だれ 誰が いくつ いくら ですか
        ますか ましたか でしょうか ありますか とは何 について อะไร อย่างไร เท่าไร เท่าไหร่
        เมื่อไร เมื่อไหร่ เมื่อใด ที่ไหน ที่ใด ใคร ทำไม หรือไม่
        """.split(),
        key=lambda word: (-len(word), word),
    )
)

STOP_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(fold(word) for word in words.split()) for language, words in _LISTS.items()
}


def _by_word() -> Mapping[str, tuple[str, ...]]:
    languages: dict[str, list[str]] = defaultdict(list)
    for language, words in _LISTS.items():
        for word in normalize(words).split():
            languages[word].append(language)
    return {word: tuple(some) for word, some in languages.items()}


# The languages in which a normalised word is a stop word; accents tell languages apart.
LANGUAGES_OF: Mapping[str, tuple[str, ...]] = _by_word()
