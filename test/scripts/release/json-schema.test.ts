import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import t from 'tap';
import { OWN_CRDS } from '../../../scripts/crd/credentials.ts';
import { editorSchema, schemaFile } from '../../../scripts/release/json-schema.ts';
import { policiesOf } from '../../helpers/pages/policy-pages.ts';

const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
formats.default(ajv);
const validators = new Map<string, ValidateFunction>(
  OWN_CRDS.map((crd) => [crd.kind, ajv.compile(editorSchema(crd))]),
);
const errorsOf = (object: { readonly kind: string }): string => {
  const validate = validators.get(object.kind);
  return validate?.(object) ? '' : ajv.errorsText(validate?.errors);
};

const aCredential = {
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'PostgresCredential',
  metadata: { name: 'app', namespace: 'shop' },
  spec: { secretName: 'app', rotation: { strategy: 'SingleUser', schedule: '0 3 1 * *' } },
};

t.test('an editor accepts every policy of the image and of the docs', async (t) => {
  const printed = (await policiesOf(['manifests/policies', 'docs'])).filter(({ isRefused }) => !isRefused);
  t.ok(printed.length > 20, String(printed.length));
  for (const { at, document } of printed) t.equal(errorsOf(document as { kind: string }), '', at);
});

t.test('an editor accepts a PostgresCredential', async (t) => {
  t.equal(errorsOf(aCredential), '');
});

t.test('an editor marks a misspelt field, a wrong value and another kind', async (t) => {
  const { spec } = aCredential;
  t.match(
    errorsOf({ ...aCredential, spec: { ...spec, secretNam: 'app' } } as never),
    /additional properties/,
  );
  t.match(
    errorsOf({ ...aCredential, spec: { ...spec, rotation: { strategy: 'Both' } } } as never),
    /allowed values/,
  );
  t.match(errorsOf({ ...aCredential, apiVersion: 'lockstep.dev/v1' } as never), /equal to constant/);
  t.match(errorsOf({ ...aCredential, extra: 1 } as never), /additional properties/);
});

t.test('the identifier is the address of the file in the release', async (t) => {
  for (const crd of OWN_CRDS) {
    t.match(editorSchema(crd).$id, `https://github.com/lockstep-dev/lockstep/releases/download/v`);
    t.ok(String(editorSchema(crd).$id).endsWith(schemaFile(crd)));
  }
});
