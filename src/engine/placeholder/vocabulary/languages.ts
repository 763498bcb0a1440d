/**
 * The same lists in the languages of public manifests. Words are compared without diacritics and case. `ae`, `oe`, `ue`
 * for German umlauts are written out. Marks are imperatives ("change me"). Nouns are `password`, `secret`, `key` and
 * the words around them.
 */
export const FOREIGN_MARKS = `
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
измените изменить измени поменяйте поменять поменяй смените сменить смени замените заменить замени введите ввести укажите указать вставьте
вставить заполните заполнить пример образец заглушка изменименя заменименя смениименя сменитепароль
змінити змініть зміни замініть замінити введіть вкажіть вставте приклад зразок заглушка змінімене промените промени сменете
请修改 请更改 请替换 请更换 请设置 请输入 请填写 修改 更改 更换 替换 替換 填写 填寫 输入 輸入 设置 設定 變更 變更我 請修改 請更改 請替換 請輸入 请在此 在此 此处
改成 改为 改掉 必须修改 占位符 示例 样例 範例 示例值 待修改 待填写 待定
変更してください 変更して 変更 変えてください 置き換えてください 置き換え 入力してください 入力 ここに 設定してください 設定 サンプル 例 仮 差し替え 要変更
변경하세요 변경해주세요 변경 바꾸세요 바꿔주세요 교체 교체하세요 입력하세요 입력 여기에 예시 예제 샘플 수정 수정하세요 설정하세요 변경필요 필요
αλλαξε αλλαξτε αλλαξεμε αλλαγη αντικατασταση παραδειγμα غيرني غير تغيير استبدل مثال أدخل เปลี่ยน เปลี่ยนรหัสผ่าน ใส่ ตัวอย่าง बदलें बदलो उदाहरण यहाँ שנה החלף דוגמה
`;

export const FOREIGN_NOUNS = `
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
пароль пароля паролем пароли секрет секрета секретный секретное ключ ключа ключи токен токена логин админ администратор пользователь надежный надёжный
сложный уникальный уникальное уникальную случайный длинный безопасный тест тестовый база данных строка значение проверка продакшен разработка кодовое слово
секретний таємний таємниця надійний користувач унікальний випадковий парола тайна ключът лозинка тајна кључ
密码 密碼 默认密码 預設密碼 口令 密钥 密鑰 秘钥 私钥 金鑰 令牌 管理员 管理員 用户 用戶 用户名 使用者 数据库 資料庫 默认 預設 默認 测试 測試 安全 强 強 随机 隨機 字符串 字串 字符 至少 长 生产 環境 环境 生产环境 的 为 為 是 一个
个 位 秘密 机密 请 請 值 和 与 不要 使用 用于 开发 仅 唯一 新
パスワード パスワードを 秘密 秘密鍵 鍵 キー シークレット トークン 管理者 ユーザー ユーザー名 データベース テスト 安全な 安全 ランダム ランダムな 強力な 長い 文字列 文字 本番 環境 開発 用 の を に は な です ください 必ず 値 暗号 暗証番号 以上
비밀번호 비밀번호를 암호 비밀 비밀키 시크릿 키 키를 토큰 관리자 사용자 데이터베이스 테스트 기본값 기본 안전한 강력한 랜덤 문자열 운영 개발 하세요 를 을 의 값 임시
κωδικος κωδικο μυστικο κλειδι συνθημα δοκιμη كلمةالمرور كلمة المرور السر سر سري مفتاح المفتاح رمز รหัสผ่าน รหัส ความลับ ทดสอบ पासवर्ड गुप्त कुंजी सीक्रेट סיסמה סיסמא סוד מפתח
`;

/** Nouns that are also words of other languages, or of everyday speech. */
export const FOREIGN_SOFT =
  'testen tester test testzwecke probar testar testare essai essais entwicklungszwecke langer secrete secreto secreta secretos base datos prueba larga largo fuerte fort forte parole mat mot passe wert valor palavra banco prova hasil kata nilai acak stark bi valeur clau dominio correo conta cuenta servidor empresa projeto proyecto domaine serveur compte projet courriel adresse rekening tres acces';

export const FOREIGN_YOUR = `
tu tus su mi mis tua tuas teu sua suas seu minha meu la el una un uma um votre vos ta ma mon mes dein deine deinen deines dem ihr ihre ihren mein meine meinen
il lo tuo tue mia mio jouw uw mijn je twoj twoje twoja twojego moj moje moja tvuj tvoje tvoj vasa muj anda kamu saya din ditt dit mitt min
sinun ваш ваша ваше ваши вашим вашего твой мой моя мое мій моє твій 你的 您的 我的 あなたの あなた 私の 당신의 나의 내 senin sizin benim cua 
`;

export const FOREIGN_GLUE = `
primer primero primeiro premier primo inicio sus ton vase ban esto este esta estos esse essa isto isso aqui aca por para con de del en y que como mas valor favor no com e em na do da ao uno
est bu bir nur ausschliesslich bloss zum zur beim uniquement seulement juste apenas somente solamente unicamente soltanto alleen enkel tylko wylacznie sadece hanya cuma pour pro pra muito muy molto tres sehr heel bardzo cok sangat
ici ceci cela ca et a au avec pour en le les des du dans il faut doit etre ne pas moi par
hier dies diese dieses das der die den ein eine einen ein mich mir und oder fur fuer in im zu zum mit durch bitte nicht
questo questa qui ed di da con per mi dit dat deze een het mij om hier te naar voor niet met
mnie to tutaj tu na w i z do sem tady zde me se v na toto tento bunu bunlari burada buraya beni ile bir icin
mig det har denna detta i med att och mig den her dette med til og meg ini itu di sini disini dengan yang untuk dan jangan
minut tama tahan acest aceasta aici cu in itt ezt ide le minta ово ovo ovde
меня это этот эту этого здесь сюда на в и с для не или мене це цей цю тут у та з для цього
`;

/** Stems of the same words without their endings: `измен…`, `cambi…`. None begins an English word. */
export const STEMS = `
парол секрет ключ измен смен замен помен введ укаж вставь заполн пользоват случайн надежн сложн уникальн безопасн тестов змін замін таємн користувач
contrase reemplaz substitu sostitui troque cambiar cambiam passwort geheim schluss schluess ersetz ander aender wachtwoord gebruik degistir sifre anahtar
zmien zamien haslo hasle tajn zmenit zmente hesl klic losenord passord adgangskod salasan rahasia jelsz lozink zapork slaptazod κωδικ
`;
