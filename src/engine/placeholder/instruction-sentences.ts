import type { ScannedText } from './scan/scanned-text.ts';
import { BEYOND_ASCII, SPACE, signBits } from './scan/traits.ts';
import { DEFERRED as DEFERRED_WORDS } from './scan/triggers.ts';
import { unicodePattern } from './vocabulary/characters.ts';
import { fold } from './vocabulary/vocabulary.ts';

/** No such sentence is longer. */
const MAX_SENTENCE_LENGTH = 120;

/** The verbs for a value that somebody else sets. */
const SET =
  '(?:auto(?:matically)?[-_ ]?)?(?:set|added|injected|generated|populated|provided|supplied|filled|managed|stored|created|replaced|loaded|fetched|synced|overridden|configured|defined|rotated|mounted|patched|written|issued|assigned|obtained|retrieved|passed|given|updated|inserted|entered|resolved|rendered|substituted|provisioned|bootstrapped)';
const REST = '(?:[-_ ][A-Za-z0-9]{1,24}){0,8}[.!]?$';
const SENTENCES = [
  // set-by-terraform, value_injected_at_runtime
  `^(?:(?:value|secret|password|token|key|is|gets?|will|must|should)[-_ ]){0,3}(?:be[-_ ])?${SET}[-_ ](?:from|in|into|by|via|at|on|during|with|through|as|before|after|later|when|using|externally|elsewhere|automatically|manually|separately)${REST}`,
  // to-be-generated, will be replaced
  `^(?:(?:value|secret|password|token|key|this)[-_ ])?(?:to|will|must|should|needs[-_ ]to)[-_ ]be[-_ ]${SET}${REST}`,
  // get-from-console, INJECT_FROM_SECRET_MANAGER, ask the platform team
  '^(?:get|fetch|obtain|retrieve|inject|load|read|pull|sync|import|copy|take|comes?)[-_ ](?:it[-_ ])?(?:from|in|by|via)(?:[-_ ][A-Za-z0-9]+){1,6}$',
  '^(?:ask|contact|request[-_ ]from)[-_ ](?:[A-Za-z]+[-_ ]){0,4}(?:team|admins?|administrators?|devops|ops|sre|owner|maintainers?|lead|support|it)$',
  '^coming[-_ ]soon$',
];
const ENGLISH = new RegExp(SENTENCES.join('|'), 'i');

/** The verbs of other languages, without their beginning where that differs. */
const FOREIGN_SET =
  '[a-z]{0,12}(?:iert|gesetzt|ersetzt|erzeugt|erstellt|gefuellt|gefullt|genere|injecte|defini|fourni|renseigne|remplace|generado|generada|genera|generara|definido|definida|configurado|configurada|inyectado|reemplazado|rellenado|gerado|gerada|criado|criada|injetado|preenchido|substituido|fornecido|generato|generata|definito|inserito|sostituito|configurato|gegenereerd|ingesteld|ingevuld|aangemaakt|wygenerowane|wygenerowany|ustawione|ustawiony|dibuat|diisi|diganti|ditentukan|olusturulacak|ayarlanacak|uretilecek|doldurulacak|degistirilecek)';
const FOREIGN_SENTENCES = [
  // wird-von-terraform-gesetzt, sera_definido_no_deploy
  `^(?:wird|werden|sera|seront|se|verra|viene|wordt|zostanie|bedzie|akan)[-_ ](?:[a-z0-9]{1,24}[-_ ]){0,6}${FOREIGN_SET}(?:[-_ ][a-z0-9]{1,24}){0,6}$`,
  // generado-por-terraform
  `^${FOREIGN_SET}[-_ ](?:por|pelo|pela|par|durch|von|vom|da|dal|door|przez|oleh|en|no|na|im|beim|lors)(?:[-_ ][a-z0-9]{1,24}){1,6}$`,
  // a-definir, noch-zu-setzen
  '^(?:(?:a|por|da|te|do|noch[-_ ]zu)[-_ ])(?:definir|remplir|renseigner|completer|changer|remplacer|generer|rellenar|completar|generar|cambiar|reemplazar|preencher|gerar|trocar|alterar|substituir|definire|inserire|cambiare|generare|sostituire|compilare|bepalen|wijzigen|vervangen|setzen|ersetzen|aendern|generieren|zmiany|uzupelnienia|ustalenia)(?:[-_ ][a-z]{1,24}){0,6}$',
];
const FOREIGN = new RegExp(FOREIGN_SENTENCES.join('|'));

/** The first words of these sentences, as a beginning. Nearly every value ends here. */
const OPENS =
  /^(?:value|secret|password|token|key|this|is|gets?|will|must|should|be|auto|set|add|inject|gener|popul|provi|suppl|fill|manag|stor|creat|repl|load|fetch|sync|overr|config|defin|rotat|mount|patch|writ|issu|assign|obtain|retriev|read|pull|import|copy|take|pass|given|updat|insert|enter|resolv|render|subst|boot|to|needs|comes?|coming|ask|contact|request|a|por|da|te|do|noch|wird|werden|sera|seront|se|verra|viene|wordt|zostanie|bedzie|akan|[a-z]{0,12}(?:iert|tzt|eugt|ellt|ullt|[aei]d[oa]|[ae]t[oa]|cte|ere|ini|rni|gne|ace|eerd|eld|uld|akt|ane|any|one|ony|uat|isi|nti|kan|cak))[a-z]*[-_ ]/i;
/** Each sentence has at least two words. */
const wordsIn = unicodePattern(String.raw`^[\p{L}\p{N}]{1,24}(?:[-_ ][\p{L}\p{N}]{1,24}){1,12}[.!]?$`);

const SEPARATORS = signBits('-_');
const END = signBits('.!');

/** The value says who sets it, or where it is: `set-by-terraform`, `will_be_injected`, `wird-noch-generiert`. */
export const saysWhoSetsIt = ({ text, kinds, signs }: ScannedText): boolean =>
  ((kinds & SPACE) !== 0 || (signs & SEPARATORS) !== 0) &&
  (signs & ~(SEPARATORS | END)) === 0 &&
  text.length <= MAX_SENTENCE_LENGTH &&
  OPENS.test(text) &&
  wordsIn(text).test(text) &&
  (ENGLISH.test(text) || FOREIGN.test(fold(text)));

/** The same for a value that need not be a secret: a title or a remark may say when something was set. */
export const willBeSet = ({ text, kinds, triggers }: ScannedText): boolean =>
  ((triggers & DEFERRED_WORDS) !== 0 || (kinds & BEYOND_ASCII) !== 0) &&
  text.length <= MAX_SENTENCE_LENGTH &&
  (FROM_STORE.test(text) || (DEFERRED.test(text) && ENGLISH.test(text)));
/** `INJECT_FROM_SECRET_MANAGER`. A mode may be called `read-from-file`. */
const FROM_STORE =
  /^(?:get|fetch|obtain|retrieve|inject|load|read|pull|sync|import|copy|take)[-_](?:it[-_])?from[-_](?:[A-Za-z0-9]{1,24}[-_]){0,4}(?:manager|(?:key)?vault|ssm|console|dashboard|portal|secrets?(?:[-_]?store)?)$/i;
const DEFERRED = /^(?:to|will|must)[-_]be[-_][A-Za-z]+(?:[-_][A-Za-z0-9]+)*$/i;

/**
 * An instruction of another language, as `COLOQUE_SEU_TOKEN_AQUI` or `REMPLACE_PAR_TON_SID`. Its parts are a verb,
 * "here", "your", and a noun for the value. Two parts in capitals are enough, or three in another text.
 */
export function isSlotInOtherLanguage({ text, kinds, signs }: ScannedText, isSecret: boolean): boolean {
  const hasPhrase = (kinds & (SPACE | BEYOND_ASCII)) !== 0 || (signs & SEPARATORS) !== 0;
  if (!hasPhrase || (signs & ~SEPARATORS) !== 0) return false;
  // Nearly every value ends here.
  const first = FIRST_WORD.exec(text)?.[1];
  if (first === undefined || text.length > MAX_SLOT_LENGTH || !parts().has(fold(first))) return false;
  if (!phraseIn(text).test(text)) return false;
  const found = new Set<string>();
  for (const word of fold(text).split(/[-_ ]/)) {
    const part = parts().get(word);
    if (part !== undefined) found.add(part);
  }
  const isForeign = found.size > (found.has('noun') ? 1 : 0);
  if (!isForeign) return false;
  if (text === text.toUpperCase()) return found.size >= 2;
  // A page or a title may speak to its reader.
  return found.size >= 3 && (isSecret || (found.has('here') && found.has('noun') && !/\s/.test(text)));
}

const MAX_SLOT_LENGTH = 100;
const FIRST_WORD = /^([^\s\d_\0-\x40]{1,20})[-_ ]/;
const phraseIn = unicodePattern(String.raw`^[\p{L}\p{M}\p{N}]{1,20}(?:[-_ ][\p{L}\p{M}\p{N}]{1,20}){1,9}$`);

const LISTS = {
  verb: `
mettre mettez mets remplace remplacer remplacez changer changez entrer entrez renseigner renseignez inserer inserez indiquer indiquez saisir saisissez ajouter ajoutez
pon poner ponga ponemos pegar pega ingresar ingresa ingrese insertar inserta escribir escribe reemplazar reemplaza reemplace sustituir cambiar cambia cambie rellenar completar colocar coloca agregar agrega
coloque inserir insira substituir substitua trocar troque alterar altere preencher preencha digite digitar adicionar adicione ponha cole colar informe
metti mettere inserire inserisci sostituire sostituisci cambiare cambia aggiungi incolla
eintragen einfuegen einfugen ersetzen aendern andern einsetzen ausfuellen ausfullen hinterlegen eingeben
vul vullen invullen plaats zet vervang vervangen wijzig wijzigen aanpassen invoeren
wstaw wpisz zmien podaj uzupelnij wklej girin gir yazin yaz degistir degistirin ekle ekleyin yapistir
masukkan isi isikan ganti ubah letakkan tulis taruh
`,
  here: `
aqui ici hier qui tutaj buraya disini sini aca
`,
  your: `
tu su tus sus ton votre vos seu sua tua teu tuo suo vostro dein deine deinen ihr ihre ihren je jouw uw twoj twoje twoja anda kamu senin
`,
  noun: `
token tokens key keys api sid id url dsn password secret email mail user username host domain webhook client account bucket
clave contrasena llave numero nombre usuario correo dominio secreto chave senha segredo nome usuario
cle mdp passe nom utilisateur adresse courriel jeton passwort kennwort schluessel schlussel nummer benutzer
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
