import t from 'tap';

import { findCanaries } from '../../../helpers/canary/canary.ts';
import { base64, dockerConfig, PRIVATE_KEY } from '../../../helpers/engine/embedded-values.ts';
import { aCreate, sentences, validated } from '../../../helpers/engine/engine.ts';
import { seededRandom } from '../../../helpers/engine/seeded-random.ts';

/** Documents with a placeholder beside a secret, or with a secret in the place of a name. */
const documents = (secret: string): Readonly<Record<string, string>> => ({
  beside: `{"db":{"user":"${secret}","password":"CHANGE_ME","token":"${secret}"}}`,
  before: `{"password":"${secret} CHANGE_ME","note":"<${secret}>"}`,
  tokens: `{"tokens":{"${secret}":{"password":"CHANGE_ME"}}}`,
  'of JSON': `{"${secret}":{"password":"CHANGE_ME"},"${secret}_password":"CHANGE_ME"}`,
  'of YAML': `users:\n  ${secret}:\n    password: CHANGE_ME\n  - "${secret}": <password>\n`,
  'of dotenv': `A=b\n${secret}_PASSWORD=CHANGE_ME\n${secret}=<password>\n`,
  'of a section': `[${secret}]\npassword=CHANGE_ME\n[profile ${secret}]\nsecret_key=CHANGE_ME\n`,
  'of a parameter': `https://a.io/${secret}?${secret}_token=CHANGE_ME`,
  'of a pair': `Server=a;${secret} Password=CHANGE_ME;AccountKey=CHANGE_ME`,
  '.dockerconfigjson': dockerConfig(secret, 'CHANGE_ME', base64(`${secret}:CHANGE_ME`)).replace(
    'acme',
    secret,
  ),
  webhook: `https://hooks.slack.com/services/${secret}/change/me`,
  'cut.json': `{"db":{"password":"CHANGE_ME","token":"${secret}`,
  'pem.key': PRIVATE_KEY.replace(/MIG.*/, `${secret} <insert the key>`),
  'app.yaml': `password: CHANGE_ME ${secret}\ntoken: your-token-${secret}\nkey: |\n  ${secret}=CHANGE_ME\n  password=CHANGE_ME\n`,
});

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

t.test('no message about a member holds a secret, whether it is a value or a name', async (t) => {
  const { text } = seededRandom(20_261_127);
  let count = 0;
  for (let turn = 0; turn < 300; turn++) {
    const secret = text(ALPHABET, 16, 40);
    const data = Object.fromEntries(
      Object.entries(documents(secret)).map(([name, document]) => [name.replaceAll(' ', '-'), document]),
    );
    const found = sentences(validated(aCreate(data, { name: 'ledger' })));
    count += found.length;
    const hits = findCanaries(found.join('\n'), [secret]);
    if (hits.length > 0) t.same(hits, []);
  }
  t.ok(count > 300 * 14, `${count} findings`);
});
