import type { Shape } from './input.ts';

/** The worst input that a search found for its niche. */
export interface WorstCase extends Shape {
  readonly name: string;
  readonly niche: string;
}

const worst = (
  name: string,
  niche: string,
  [key, valueBytes]: readonly [string, number],
  [head, unit, end]: readonly [string, string, string],
): WorstCase => ({ name, niche, key, valueBytes, head, unit, end });

export const worstCases: readonly WorstCase[] = [
  worst('a URL as password', 'password', ['db.password-#', 128], ['postgresql://u:p@İ', 'aAhere^', '@h/d']),
  worst(
    'a combining sign in a password',
    'password',
    ['db.password-#', 100],
    ["'", 'word\u0301A="},eyJ', '-----END CERTIFICATE-----\n'],
  ),
  worst(
    'lines under a token',
    'token or key',
    ['JWT_#_SECRET', 100],
    ['A=b\npassword=', 'usernampassword§=x\n😀e="a"[::1] >\u0000Password=admin', ' '],
  ),
  worst('a URL outside ASCII', 'URL', ['A#_URL', 100], ['postgresql://u:p@', 'İu:p@generate', '@']),
  worst(
    'a JDBC URL with lines',
    'unnamed',
    ['A#', 16_384],
    ['jdbc:postgresql://h/d?', 'PASSWORD=zQ7Atruepassword§=x\n', ''],
  ),
  worst(
    'a DSN with URLs in it',
    'URL beside its base keys',
    ['#_DSN', 400],
    ["host=db password='", 'k§: v\n[::1]Kchange§=postgresql://a=b;u:p@h/d\n+', '\u0000'],
  ),
  worst(
    'lines in the name of a user',
    'login',
    ['A#_USER', 128],
    ['password: ', 'h:1,pas%41sword=x,-[a: b\nf6na.b.password=4edn8/Z', '#'],
  ),
  worst(
    'encoded PEM as password',
    'password',
    ['P#_PASSWORD', 160],
    ['LS0tLS1CRUdJTireplace', '$ap...r1$c2V,h:1jcmV0', ''],
  ),
  worst(
    'a reference to a vault as key',
    'token or key',
    ['API_KEY_#', 128],
    ['vault:', '<unuleyJabclr-yourrecon', '@'],
  ),
  worst(
    'encoded PEM in an unnamed key',
    'unnamed',
    ['A#', 100],
    ['LS0tLS1CRUdJTi\u0327', 'superherewordwordto b"auth":"e aA', ''],
  ),
  worst('encoded PEM as URL', 'URL', ['#_DSN', 100], ['LS0tLS1CRUdJTi', '2nullh&ostyour-', '@']),
  worst(
    'a URL as host',
    'host',
    ['A#_HOST', 160],
    ['redis://:p@\u0301', '</a><a>123§":"v",${secret', '@h/d'],
  ),
  worst(
    'a line of a file',
    'file',
    ['conf#.toml', 256],
    ['password: ', 'word<of ;admin\\\\change\u0327tokenyour', '\ufffd'],
  ),
  worst('one file of lines', 'one file', ['a.xml', 2048], ['[a]\n', '"eme\na.b.password=barref+', '\n# x']),
  worst('one password', 'one password', ['POSTGRES_PASSWORD', 8192], ['[?', '> \nK$2y$10$§=v\n', '}']),
  worst(
    'an option as private key',
    'certificate',
    ['a#.key', 160],
    ['h:1,password=', 'postgresqexamplel://QUFBchangeme', '%'],
  ),
  worst(
    'many beginnings of PEM',
    'certificate',
    ['ca#.pem', 128],
    ['amqp://u:p@h/İ', '-----BEGIN -----BEGIN h:1,pass  word=x,Y2hhbmdl', "'"],
  ),
  worst(
    'no certificate in tls.crt',
    'TLS Secret',
    ['tls.crt', 1024],
    ['your a: b\n', '\u0327user=a \nrealbß__A__arpassword: sslmode=require', '"}]'],
  ),
  worst(
    'no JSON in .dockerconfigjson',
    'Docker login',
    ['.dockerconfigjson', 4096],
    ['x', 'K§=postgresql://u:p@h/d\ndatabaseinsert', '{{'],
  ),
  worst('format json', 'format json', ['K#', 128], [' eyJ', 'ßpassword=123aA\\n', '}']),
  worst('format pem', 'format pem', ['K#', 1020], ['postgresql://', '}}İpostgresql://', '{{']),
];
