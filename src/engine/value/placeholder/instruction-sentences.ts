import type { ValueText } from './value-text.ts';
import { fold } from './vocabulary/vocabulary.ts';

/** The verbs for a value that somebody else sets. */
const SET =
  '(?:auto(?:matically)?[-_ ]?)?(?:set|added|injected|generated|populated|provided|supplied|filled|managed|stored|created|replaced|loaded|fetched|synced|overridden|configured|defined|rotated|mounted|patched|written|issued|assigned|obtained|retrieved|passed|given|updated|inserted|entered|resolved|rendered|substituted|provisioned|bootstrapped|modified|changed|chosen|specified|decided|determined|announced|confirmed|overwritten|rewritten|adjusted|adapted)';
const REST = '(?:[-_ ][A-Za-z0-9]{1,24}){0,8}[.!]?$';
/** `toBeModified`: any participle asks for a value behind these words. */
const TO_BE = '(?:to|will|must|should|needs?[-_ ]to)[-_ ]be[-_ ]';
const SENTENCES = [
  // set-by-terraform, value_injected_at_runtime
  `^(?:(?:value|secret|password|token|key|is|gets?|will|must|should)[-_ ]){0,3}(?:be[-_ ])?${SET}[-_ ](?:from|in|into|by|via|at|on|during|with|through|as|before|after|later|when|using|externally|elsewhere|automatically|manually|separately)${REST}`,
  // to-be-generated, will be replaced
  `^(?:(?:value|secret|password|token|key|this)[-_ ])?${TO_BE}(?:${SET}${REST}|[a-z]{2,14}ed[.!]?$)`,
  // get-from-console, INJECT_FROM_SECRET_MANAGER, ask the platform team
  '^(?:get|fetch|obtain|retrieve|inject|load|read|pull|sync|import|copy|take|comes?)[-_ ](?:it[-_ ])?(?:from|in|by|via)(?:[-_ ][A-Za-z0-9]+){1,6}$',
  '^(?:ask|contact|request[-_ ]from)[-_ ](?:[A-Za-z]+[-_ ]){0,4}(?:team|admins?|administrators?|devops|ops|sre|owner|maintainers?|lead|support|it)$',
  '^coming[-_ ]soon$',
];
const ENGLISH = new RegExp(SENTENCES.join('|'), 'i');

/** The verbs of other languages, without their beginning where that differs. */
const FOREIGN_SET =
  '[a-z]{0,12}(?:iert|gesetzt|ersetzt|erzeugt|erstellt|gefuellt|gefullt|geaendert|geandert|gepasst|genere|injecte|defini|fourni|renseigne|remplace|generado|generada|genera|generara|definido|definida|configurado|configurada|inyectado|reemplazado|rellenado|gerado|gerada|criado|criada|injetado|preenchido|substituido|fornecido|generato|generata|definito|inserito|sostituito|configurato|gegenereerd|ingesteld|ingevuld|aangemaakt|wygenerowane|wygenerowany|ustawione|ustawiony|dibuat|diisi|diganti|ditentukan|olusturulacak|ayarlanacak|uretilecek|doldurulacak|degistirilecek)';
const FOREIGN = new RegExp(
  [
    // wird-von-terraform-gesetzt, muss geändert werden
    `^(?:wird|werden|muss|sera|seront|se|verra|viene|wordt|zostanie|bedzie|akan)[-_ ](?:[a-z0-9]{1,24}[-_ ]){0,6}${FOREIGN_SET}(?:[-_ ][a-z0-9]{1,24}){0,6}$`,
    // generado-por-terraform
    `^${FOREIGN_SET}[-_ ](?:por|pelo|pela|par|durch|von|vom|da|dal|door|przez|oleh|en|no|na|im|beim|lors)(?:[-_ ][a-z0-9]{1,24}){1,6}$`,
  ].join('|'),
);
/** `a-definir`, `noch-zu-setzen`: the value is still to be set. */
const DUE =
  /^(?:(?:a|por|da|te|do|(?:noch[-_ ])?zu)[-_ ])(?:definir|remplir|renseigner|completer|changer|modifier|remplacer|generer|rellenar|completar|generar|cambiar|modificar|reemplazar|preencher|gerar|trocar|alterar|substituir|definire|inserire|cambiare|generare|sostituire|compilare|bepalen|wijzigen|vervangen|setzen|ersetzen|aendern|andern|generieren|zmiany|uzupelnienia|ustalenia)(?:[-_ ][a-z]{1,24}){0,6}$/;

/** The value says who sets it, or where it is: `set-by-terraform`, `will_be_injected`, `wird-noch-generiert`. */
export function saysWhoSetsIt({ sentence }: ValueText): boolean {
  if (sentence === undefined) return false;
  const folded = fold(sentence);
  return ENGLISH.test(sentence) || FOREIGN.test(folded) || DUE.test(folded);
}

/** The same for a value that need not be a secret: a title or a remark may say when something was set. */
export function willBeSet({ sentence }: ValueText): boolean {
  if (sentence === undefined) return false;
  return FROM_STORE.test(sentence) || DEFERRED.test(sentence) || DUE.test(fold(sentence));
}
/** `INJECT_FROM_SECRET_MANAGER`. A mode may be called `read-from-file`. */
const FROM_STORE =
  /^(?:get|fetch|obtain|retrieve|inject|load|read|pull|sync|import|copy|take)[-_](?:it[-_])?from[-_](?:[A-Za-z0-9]{1,24}[-_]){0,4}(?:manager|(?:key)?vault|ssm|console|dashboard|portal|secrets?(?:[-_]?store)?)$/i;
/** Another participle may name a state: `to-be-processed`. */
const DEFERRED = new RegExp(`^(?:to|will|must)[-_]be[-_]${SET}(?:[-_][A-Za-z0-9]+)*$`, 'i');

/**
 * An instruction of another language, as `COLOQUE_SEU_TOKEN_AQUI` or `REMPLACE_PAR_TON_SID`. Its parts are a verb,
 * "here", "your", and a noun for the value. Two parts in capitals are enough, or a verb and "here", or three in another
 * text.
 */
export function isSlotInOtherLanguage({ text, sentence }: ValueText, isSecret: boolean): boolean {
  if (sentence === undefined) return false;
  const words = fold(sentence).split(/[-_ ]/);
  // Nearly every value ends here.
  if (!parts().has(words[0]!)) return false;
  const found = new Set(words.map((word) => parts().get(word)));
  const hasOthers = found.delete(undefined);
  if (found.size === 1 && found.has('noun')) return false;
  if (text === text.toUpperCase()) return found.size >= 2;
  if (found.has('verb') && found.has('here') && !hasOthers) return true;
  // A page or a title may speak to its reader.
  return found.size >= 3 && (isSecret || (found.has('here') && found.has('noun') && !/\s/.test(text)));
}

const LISTS = {
  verb: `
mettre mettez mets remplace remplacer remplacez changer changez entrer entrez renseigner renseignez inserer inserez indiquer indiquez saisir saisissez ajouter ajoutez
pon poner ponga ponemos pegar pega ingresar ingresa ingrese insertar inserta escribir escribe reemplazar reemplaza reemplace sustituir cambiar cambia cambie rellenar completar colocar coloca agregar agrega
coloque inserir insira substituir substitua trocar troque alterar altere preencher preencha digite digitar adicionar adicione ponha cole colar informe
modifie modifiez modifier adapter definir modificar anpassen austauschen abaendern
metti mettere inserire inserisci sostituire sostituisci cambiare cambia aggiungi incolla
eintragen einfuegen einfugen ersetzen aendern andern einsetzen ausfuellen ausfullen hinterlegen eingeben
vul vullen invullen plaats zet vervang vervangen wijzig wijzigen aanpassen invoeren
wstaw wpisz zmien podaj uzupelnij wklej girin gir yazin yaz degistir degistirin ekle ekleyin yapistir
masukkan isi isikan ganti ubah letakkan tulis taruh
`,
  here: `
aqui ici hier qui tutaj buraya disini sini aca bitte svp moi mich
`,
  your: `
tu su tus sus ton mon votre vos seu sua tua teu tuo suo vostro dein deine deinen ihr ihre ihren je jouw uw twoj twoje twoja anda kamu senin
`,
  noun: `
token tokens key keys api sid id url dsn password secret email mail user username host domain webhook client account bucket
clave contrasena llave numero nombre usuario correo dominio secreto chave senha segredo nome usuario
cle mdp motdepasse mot passe nom utilisateur adresse courriel jeton passwort kennwort schluessel schlussel nummer benutzer
wachtwoord sleutel gebruiker chiave utente haslo klucz uzytkownik sifre anahtar kullanici sandi kunci rahasia pengguna
`,
};
/** Made for the first value that needs it: a command of one file may have none. */
let partByWord: ReadonlyMap<string, string> | undefined;

function parts(): ReadonlyMap<string, string> {
  partByWord ??= new Map(
    Object.entries(LISTS).flatMap(([part, words]) =>
      words
        .trim()
        .split(/\s+/)
        .map((word) => [word, part] as const),
    ),
  );
  return partByWord;
}
