import type { WordLists } from './word-trie.ts';

/**
 * The languages of public manifests that are written in Latin letters, without English. Words stand here in lower case
 * and without diacritics, as the compared text has them. `ae`, `oe`, `ue` for German umlauts are written out.
 */
export const LATIN: WordLists = {
  /** Imperatives: "change me". */
  mark: `
cambiar cambia cambiame cambialo cambiala cambie cambiese cambiaesto cambiaresto cambiarenproduccion cambiamequesto modificar modifica
modificame reemplazar reemplaza reemplazame reemplazarme reemplace sustituir sustituye rellenar rellename completar introducir introduce
ingresar ingresa ingrese colocar pendiente ejemplo marcador
mudar mude mudeme mudarme alterar altere alterarisso trocar troque troqueme troqueisto substituir substitua substituame preencher preencha insira
inserir coloque exemplo
changer changez changezmoi changermoi remplacer remplacez remplace remplacezmoi modifier modifiez modifiezmoi inserer inserez renseigner
renseignez saisir saisissez completez exemple aremplacer achanger
andern aendern andere aendere anderemich aenderemich bitte bitteandern bitteaendern ersetzen ersetze ersetzemich ersetz eintragen eintrage einfugen
einfuegen austauschen platzhalter beispiel geandert
cambiami cambiare cambialo cambiamo sostituire sostituisci sostituiscimi modificami modificare inserire inserisci inseriscila esempio segnaposto
wijzig wijzigen wijzigmij verander veranderen verandermij vervang vervangen vervangmij invullen voorbeeld plaatshouder
zmien zmienic zmienmnie zmiento zamien podmien wpisz wstaw uzupelnij przyklad
zmenit zmen zmente zmenme nahradit nahradte nahrad doplnit doplnte vyplnit vyplnte priklad zmenitme
degistir degistirin degistirilecek degistirme degistirbeni doldur doldurun girin giriniz ornek yerine
andra andras andramig byt bytmig bytut ersatt exempel fyll skift skiftmig aendr endre bytt byttmeg erstatt eksempel vaihda muuta korvaa esimerkki
ganti gantilah gantiini ubah ubahlah ubahini isi isikan masukkan contoh tukar
schimba schimbati inlocuieste inlocuiti exemplu csereld cserelj valtoztasd pelda promeni zameni zamijeni promijeni primjer
thaydoi thay doi nhap palitan canvia canviar canviam canviame exemple aldatu
cambialaya changezcela modifiezceci
`,
  /** `password`, `secret`, `key` and the words around them. */
  hard: `
contrasena contrasenya contrasenia clave claves llave llaves credencial credenciales usuario usuaria basededatos
pruebas segura seguro aleatorio aleatoria unico unica cadena texto nuevo nueva produccion desarrollo
senha senhas segredo segredos chave chaves usuario dados teste testes longo longa seguro segura aleatorio producao
desenvolvimento privada credenciais
motdepasse mdp cle clef cles privee jeton utilisateur identifiant generee genere generer production developpement donnees
securise securisee longue aleatoire chaine monmotdepasse
passwort passworter passwoerter kennwort geheim geheimes geheimer geheime geheimnis schlussel schluessel zeichen benutzer benutzername datenbank zugangsdaten
zufallig zufaellig zufalliger sicher sicheres sicherer sichere starkes langes entwicklung produktion testpasswort anmeldung losung losungswort
segreto segreta segreti chiave chiavi parola utente sicura sicuro robusta lunga lungo casuale produzione sviluppo valore credenziali
wachtwoord wachtwoorden geheim sleutel sleutels gebruiker gebruikersnaam welkom veilig sterk willekeurig productie ontwikkeling waarde
haslo hasla haslem tajne tajny tajna sekret sekrety sekretny sekretne klucz klucza klucze uzytkownik silne bezpieczne losowy losowe dlugie produkcji produkcja wartosc baza danych
heslo hesla hesle heslem tajneheslo tajny tajne tajnyklic klic klice sekret tajemstvi uzivatel silne bezpecne nahodny nahodne produkci produkce databaze hodnota kluc
sifre sifreniz sifresi parola parolaniz gizli anahtar anahtari anahtariniz kullanici guclu guvenli uretim uzun rastgele deger veritabani
losenord losenordet hemlig hemligt hemlighet nyckel nyckeln anvandare sakert starkt adgangskode kodeord hemmelig hemmelighed nogle noegle passord passordet hemmelighet
nokkel noekkel bruker salasana salaisuus avain tunnus kayttaja
sandi katasandi rahasia kunci pengguna kuat aman produksi panjang
parola utilizator jelszo jelszava titok titkos kulcs felhasznalo lozinka zaporka sifra tajna kljuc korisnik slaptazodis atslega parool
matkhau khau khoa bimat kunci pasahitza contrasenyes
`,
  /** Nouns that are also words of other languages, or of everyday speech. */
  soft: `
testen tester test testzwecke probar testar testare essai essais entwicklungszwecke langer secrete secreto secreta secretos base datos prueba larga largo fuerte fort forte parole mat mot passe wert valor palavra banco prova hasil kata nilai acak stark bi valeur clau dominio correo conta cuenta servidor empresa projeto proyecto domaine serveur compte projet courriel adresse rekening tres acces
`,
  your: `
tu tus su mi mis tua tuas teu sua suas seu minha meu la el una un uma um votre vos ta ma mon mes dein deine deinen deines dem ihr ihre ihren mein meine meinen
il lo tuo tue mia mio jouw uw mijn je twoj twoje twoja twojego moj moje moja tvuj tvoje tvoj vasa muj anda kamu saya din ditt dit mitt min
sinun senin sizin benim cua
`,
  glue: `
primer primero primeiro premier primo inicio sus ton vase ban esto este esta estos esse essa isto isso aqui aca por para con de del en y que como mas valor favor no com e em na do da ao uno
est bu bir nur ausschliesslich bloss zum zur beim uniquement seulement juste apenas somente solamente unicamente soltanto alleen enkel tylko wylacznie sadece hanya cuma pour pro pra muito muy molto tres sehr heel bardzo cok sangat
ici ceci cela ca et a au avec pour en le les des du dans il faut doit etre ne pas moi par
hier dies diese dieses das der die den ein eine einen ein mich mir und oder fur fuer in im zu zum mit durch bitte nicht
questo questa qui ed di da con per mi dit dat deze een het mij om hier te naar voor niet met
mnie to tutaj tu na w i z do sem tady zde me se v na toto tento bunu bunlari burada buraya beni ile bir icin
mig det har denna detta i med att och mig den her dette med til og meg ini itu di sini disini dengan yang untuk dan jangan
minut tama tahan acest aceasta aici cu in itt ezt ide le minta ovo ovde
`,
  /** Stems of the same words without their endings: `cambi…`. None begins an English word. */
  stems: `
contrase reemplaz substitu sostitui troque cambiar cambiam passwort geheim schluss schluess ersetz ander aender wachtwoord gebruik degistir sifre anahtar
zmien zamien haslo hasle tajn zmenit zmente hesl klic losenord passord adgangskod salasan rahasia jelsz lozink zapork slaptazod
`,
};
