import type { Shape } from './input.ts';

/** A kept input: the worst that the search found for its niche. */
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
