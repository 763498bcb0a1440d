import t from 'tap';
import { worstCases } from '../../../../bench/worst-inputs/cases.ts';
import { createOf, secretOf, type WorstInput } from '../../../../bench/worst-inputs/input.ts';
import { inputOf, nicheOf } from '../../../../bench/worst-inputs/niches.ts';
import { mutateSecret, validateSecret } from '../../../../src/engine/review/decide/decide.ts';
import { testContext } from '../../../helpers/engine/engine.ts';

/** The rules that find a fault in the inputs of `npm run bench:worst`. A faster engine finds the same. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'a URL as password': ['Warn distinct', 'Warn unescaped-uri'],
  'a combining sign in a password': ['Warn distinct', 'Warn trailing-newline'],
  'lines under a token': ['Enforce placeholder', 'Warn distinct'],
  'a URL outside ASCII': ['Warn unescaped-uri'],
  'a JDBC URL with lines': [],
  'a DSN with URLs in it': [],
  'lines in the name of a user': [],
  'encoded PEM as password': ['Warn distinct'],
  'a reference to a vault as key': ['Warn distinct'],
  'encoded PEM in an unnamed key': [],
  'encoded PEM as URL': [],
  'a URL as host': ['Warn unescaped-uri'],
  'a line of a file': ['Enforce placeholder'],
  'one file of lines': ['Enforce placeholder'],
  'one password': ['Enforce control-character'],
  'an option as private key': [],
  'many beginnings of PEM': [],
  'no certificate in tls.crt': [],
  'no JSON in .dockerconfigjson': [],
  'format json': ['Enforce format', 'Warn whitespace'],
  'format pem': ['Enforce format'],
};

const SMALL_BYTES = 3000;
/** A shorter part may be a word of a message. */
const MIN_PART_LENGTH = 8;

for (const worstCase of worstCases) {
  const input = inputOf(worstCase.niche, worstCase);
  const { policies } = nicheOf(worstCase.niche);
  t.test(
    `the worst input "${worstCase.name}" has the same findings as ever, and no value in them`,
    async (t) => {
      const request = createOf(secretOf(input, SMALL_BYTES));
      const { findings } = validateSecret(request, policies, testContext);
      const rules = new Set(findings.map(({ action, rule }) => `${action} ${rule}`));
      t.same([...rules].sort(), FOUND[worstCase.name]);
      const { changes } = mutateSecret(request, policies, testContext);
      t.ok(
        changes.every(({ key }) => !request.secret.data.has(key)),
        'none of its values is changed',
      );
      for (const { message, fix } of findings)
        for (const part of partsOf(input))
          t.notOk(`${message} ${fix}`.includes(part), 'holds a part of the value');
    },
  );
}

function partsOf({ head, unit }: WorstInput): readonly string[] {
  return [head, unit].filter(({ length }) => length >= MIN_PART_LENGTH);
}
