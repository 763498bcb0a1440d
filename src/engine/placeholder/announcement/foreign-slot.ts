import type { ScannedText } from '../scan/scanned-text.ts';
import { BEYOND_ASCII, SPACE, signBits } from '../scan/traits.ts';
import { unicodePattern } from '../vocabulary/unicode-pattern.ts';
import { fold } from '../vocabulary/vocabulary.ts';

/**
 * An instruction of another language, as `COLOQUE_SEU_TOKEN_AQUI` or `REMPLACE_PAR_TON_SID`. Its parts are a verb,
 * "here", "your", and a noun for the value. Two parts in capitals are enough, or three in another text.
 */
export function isForeignSlot({ text, kinds, signs }: ScannedText, isSecret: boolean): boolean {
  const hasPhrase = (kinds & (SPACE | BEYOND_ASCII)) !== 0 || (signs & SEPARATORS) !== 0;
  if (!hasPhrase || (signs & ~SEPARATORS) !== 0) return false;
  // Nearly every value ends here.
  const first = FIRST_WORD.exec(text)?.[1];
  if (first === undefined || text.length > MAX_LENGTH || !parts().has(fold(first))) return false;
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

/** Between the words of a phrase, which has no other signs. */
const SEPARATORS = signBits('-_');

const MAX_LENGTH = 100;
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
