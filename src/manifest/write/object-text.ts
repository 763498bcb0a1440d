import { stringify } from 'yaml';

/** An object of the API as kubectl prints it with `-o json` or `-o yaml`. */
export const objectText = (object: object, form: 'json' | 'yaml'): string =>
  form === 'json'
    ? `${JSON.stringify(object, null, 2)}\n`
    : stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 });
