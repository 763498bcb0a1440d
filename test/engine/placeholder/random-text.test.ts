import { hitsNone } from '../../helpers/engine/no-placeholder-hits.ts';
import { seededRandom } from '../../helpers/engine/seeded-random.ts';

const { text, times } = seededRandom(20_250_301);

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALPHANUMERIC = LOWER + UPPER + DIGITS;
const SIGNS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

hitsNone('twelve letters and digits', () => text(ALPHANUMERIC, 12));
hitsNone('letters and digits', () => text(ALPHANUMERIC, 12, 64));
hitsNone('small letters and digits', () => text(LOWER + DIGITS, 12, 64));
hitsNone('a few signs', () => text(`${ALPHANUMERIC}!@#$%^&*`, 12, 40));
hitsNone('all signs', () => text(ALPHANUMERIC + SIGNS, 12, 64));
hitsNone('groups', () => times(4, () => text(ALPHANUMERIC, 6)).join('-'));
