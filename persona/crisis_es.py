"""Signs of danger in Spanish, as patterns over folded text, which has no accents: see persona/crisis.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_NEAR = (
    r"\bmi (?:mejor )?(?:amig[oa]|herman[oa]|mama|papa|madre|padre|hij[oa]|prim[oa]|novi[oa]|espos[oa]|companer[oa])\b"
)
_KIN = (
    r"(?:marido|espos[oa]|novi[oa]|pareja|ex|papa|padre|mama|madre|padrastro|madrastra|ti[oa]|herman[oa]|abuel[oa]"
    r"|profesora?|jefe|entrenador)"
)
_HIT = (
    r"(?:me (?:pega|pego|golpea|golpeo|estrangul\w+|maltrata|viol[oa]|toca|toco|amenaz\w+|empuj\w+|tiro por|insulta y"
    r"|obliga|forzo|hace dano|quema))"
)

SPANISH: Mapping[str, Sequence[str]] = {
    "suicide": (
        r"\b(?:quiero|quisiera|necesito|pienso en|ganas de|voy a|decidi|planeo|intente|trate de|hacerlo, en como)\b[^.!?]{0,25}\b(?:matarme|morirme?|suicidarme|quitarme la vida|ahorcarme|tirarme|colgarme|acabar con mi vida|terminar con mi vida|irme de este mundo|desaparecer para siempre|dejar de existir|quitarme de en medio)\b(?! (?:de|por|contigo))",
        r"\bme (?:quiero|voy a|quisiera) (?:matar|morir|suicidar|ahorcar|quitar de en medio|cortar las venas)\b(?! (?:de|por|contigo|si)\b)",
        r"\b(?:suicid(?:arme|as todos|io)|matarme|quit(?:arme|arse) la vida|acabar con mi vida|ahorcarme|cortar(?:me)? las venas)\b(?! (?:para|profesional|de los))",
        r"\b(?:ya )?no quiero (?:vivir|estar aqui|despertar|seguir (?:viviendo|viva|vivo|asi|aqui)|existir)\b",
        r"\b(?:mejor|mas facil|felices|tranquilos)\b[^.!?]{0,25}\b(?:sin mi\b|si yo (?:estuviera|no estuviera))|\bsin mi\b[^.!?]{0,15}\b(?:vivirian|estarian) (?:mejor|tranquil)",
        r"\bno (?:le )?(?:veo|encuentro|tiene|hay)(?: \w+){0,2} (?:sentido|razon|motivo)s?(?: \w+){0,2} (?:seguir )?(?:vivir|viviendo|vida)\b",
        r"\bojala (?:no (?:me )?despert\w+|nunca (?:hubiera|haber) nacido|me muriera|estuviera muert[oa])\b|\bborrarme del mapa\b",
        r"\bcans(?:ad[oa]|ada) de (?:vivir|la vida|estar viv[oa])\b|\bdormirme y no despertar\b|\bno despertar(?:me)? (?:nunca|jamas)\b",
        r"\b(?:carta|nota) de despedida\b|\b(?:mi )?ultima noche\b|\bme despido de tod[oa]s\b|\bpara cuando (?:yo )?no este\b|\bcuando yo no este\b|\bno voy a estar para el proximo\b",
        r"\b(?:pastillas|pildoras|paracetamol|somniferos)\b[^.!?]{0,40}\b(?:todas|tomar|hacen falta|despertar|entero)\b|\bfrasco entero\b|\bcuantas pastillas\b",
        r"\bestoy en (?:el|un) (?:puente|tejado|balcon|techo)\b|\b(?:tirarme|lanzarme|saltar)(?: \w+){0,2} (?:a las vias|del balcon|al tren|al metro|del puente)\b(?! en el cap)|\bdice que salte\b",
        r"\bsi me (?:tirara|muriera|matara)\b|\bdesangrarse\b|\b(?:tengo )?una pistola en (?:las|mis|la|mi)\b|\bse muere si toma lejia\b",
        r"\b(?:por fin|esta noche|hoy)(?: \w+){0,3} lo voy a hacer\b|\blo volvere a intentar\b|\blo intente en\b|\bse acabe todo\b",
        r"\bsoy una carga\b|\bno queda nada para mi\b|\bno (?:puedo|aguanto) mas\b[^.!?]{0,30}\b(?:desaparecer|acabar|morir|vida)\b",
        rf"{_NEAR}[^.!?]{{0,40}}\bse (?:quiere|va a) (?:matar|morir|suicidar)\b|{_NEAR}[^.!?]{{0,40}}\b(?:suicid\w+|quitarse la vida)",
        r"\bdejar de existir\b",
    ),
    "self_harm": (
        r"\b(?:me (?:volvi a |vuelvo a )?(?:corto|corte|cortar|lastimo|lastime|autolesion\w*|hago dano|hice dano|rasguno|araño|arano|quemo|hago cortes))\b(?! (?:el (?:dedo|pelo|cabello)|las unas|con el horno|jugando|la mano|picando|la lengua))",
        r"\b(?:cortandome|cortarme|lastimarme|hacerme dano|autolesion\w*|quemandome|quemarme)\b(?! (?:el pelo|las unas))",
        r"\b(?:cortes|cicatrices)(?: \w+){0,2} en (?:los|las|mis) (?:brazos?|muslos?|piernas?|munecas?)|\b(?:brazos?|muslos?|piernas?|munecas?) llenos? de (?:cortes|cicatrices)",
        r"\bcuchillas?\b|\bapago los (?:cigarros|cigarrillos) en (?:la|mi)\b|\bapret\w+ el vidrio\b",
        rf"{_NEAR}[^.!?]{{0,30}}\bse (?:corta|hace cortes|autolesiona|lastima|hace dano)\b",
    ),
    "eating": (
        r"\bvomito (?:despues de|tras|todo|cada)\b|\b(?:me )?provoco (?:el )?vomito\b|\bme meto los dedos\b|\bvoy y lo (?:devuelvo|vomito)\b",
        r"\b(?:llevo|van|hace) (?:\w+ )?(?:\d+|dos|tres|cuatro|cinco|seis|siete|varios) dias sin comer\b|\bdias? de ayuno\b[^.!?]{0,40}\b(?:maread|costillas)",
        r"\b(?:anorexia|bulimia|trastorno alimenti\w+)\b|\b(?:purgarme|purgo|purgarse)\b|\bmatando de hambre desde\b|\bme (?:estoy )?mat(?:o|ando) de hambre\b",
        r"\b[1-7]?\d\d calorias al dia\b|\bcuento cada caloria\b|\blaxantes?\b|\bmiedo (?:a )?la comida\b|\bmiedo comer\b",
        r"\bdeje de comer\b(?! (?:carne|azucar|pan|dulces|harinas|gluten))|\bno como\b(?=[.,;!]|$| y me da igual)|\batracon\w*\b[^.!?]{0,40}\b(?:dedos|vomit\w+|purg\w+)",
        r"\bpeso (?:2|3)\d kilos\b|\bescupo la comida\b|\bme doy asco cuando como\b|\bcene una manzana\b|\bse me ven las costillas\b",
    ),
    "abuse": (
        rf"\bmi {_KIN}(?: \w+){{0,3}}? {_HIT}\b|\bme (?:pega|golpea) (?:cuando|donde|con|todos|cada|hasta)\b",
        rf"\b(?:mi|el|un|una) {_KIN}[^.!?]{{0,50}}\b(?:{_HIT}|entra en mi cuarto|la mano bajo|bajo la falda)\b",
        r"\bme (?:violaron|violo|forzo|abusaron|abuso de mi|han violado|estan pegando)\b|\babusa(?:n|ron)? de mi\b",
        r"\bno me deja salir\b|\bme (?:encierra|tiene encerrada?)\b|\bme quito el (?:telefono|celular|movil)\b",
        r"\bmiedo de (?:que mi (?:ex|marido|novio|padre)|volver a casa|mi (?:padre|marido|papa|novio|ex|padrastro))\b|\bmiedo volver a casa\b|\bmi ex me mate\b|\bjuro que me mataba\b|\bme va a encontrar\b|\bdano a los ninos\b",
        r"\bescondid[oa] en el (?:armario|bano|closet)\b[^.!?]{0,40}\bcuchillo|\bmoretones no son\b|\bmoretones\b[^.!?]{0,30}\bes mi (?:padre|papa|marido|novio)",
        r"\bfotos? (?:mias? )?desnud[oa]s?\b|\bno se lo cuente a nadie\b|\bme obliga a (?:hacer|mandar|tocar)\w*\b",
        r"\bme tiro por las escaleras\b|\bme golpea\b",
    ),
    "innocent": (
        r"\bme (?:muero|mori|moria|morire|matas|mata|mato|matan|esta matando) (?:de|por|sin|con|si|cuando|contigo)\b",
        r"\b(?:me muero|muero) (?:ya|aqui)\b|\bme estoy muriendo de\b|\bmatame\b|\bmataria por\b|\bmi (?:mama|papa|jefe|madre|entrenador|jefa) me mata\b",
        r"\bme tiro (?:del sofa|por la ventana\b[^.!?]{0,10}(?:jaj|$))|\bme cuelgo si\b|\bsi veo otro anuncio me tiro por la ventana\b",
        r"\bprefiero morir antes\b|\bme hiciste dano\b|\bme corte el dedo\b|\bme queme con\b|\bme lastime (?:jugando|en|el)\b|\bme golpeo el coche\b|\bel dentista me hizo dano\b",
        r"\b(?:gritar|llorar|reir|desmayarme|derretirme|besarl[oa]) y (?:luego )?morirme\b|\bsi (?:has|vas|tienes) (?:de|a|que) matarme\b",
        r"\b(?:ella|el|ell[oa]s|tam|dice que) (?:ya )?no (?:tiene|tienen|le ve|ve)(?: \w+){0,2} (?:sentido|razon|motivo)s?(?: \w+){0,3}",
        r"\bsuicidio (?:para|profesional)\b|\bgolpeame\b|\bcortame\b|\bmuerdeme\b",
    ),
    "playful": (
        r"\bja(?:ja)+\w*\b|\bji(?:ji)+\b|\bjaj\w*|💀|😂|🤣|\*[^*]+\*|\b(?:mi senor|mi reina|mi rey|villano|traidor|cobarde|vampiro)\b",
    ),
    "grave": (
        r"\b(?:pastillas|cuchillas?|pistola|soga|venas|en serio|no es broma|esta noche|anoche)\b",
        r"\bme (?:corte|quiero matar|volvi a cortar)\b",
    ),
}
