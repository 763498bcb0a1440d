/** A role with the right of one request: `kubectl create clusterrole lockstep-secrets --verb=list …`. */
export function roleCommand(verb: 'get' | 'list', path: string): string {
  const [, root, ...rest] = path.split('/');
  const group = root === 'apis' ? `.${rest[0]}` : '';
  const names = rest.slice(root === 'apis' ? 2 : 1);
  const resource = names[0] === 'namespaces' && names.length > 2 ? names[2] : names[0];
  return commandFor(verb, resource ?? '', group);
}

/** The same for the right that the API server names: `… cannot get resource "secrets" in API group "" …`. */
export function roleCommandFor(message: string): string | undefined {
  const [, verb, resource, group] = MISSING_RIGHT.exec(message) ?? [];
  if (verb === undefined || resource === undefined) return undefined;
  return commandFor(verb, resource, group === '' ? '' : `.${group}`);
}

const MISSING_RIGHT = / cannot ([a-z]{1,20}) resource "([a-z]{1,63})" in API group "([a-z0-9.-]{0,253})"/;

const commandFor = (verb: string, resource: string, group: string): string =>
  `kubectl create clusterrole lockstep-${resource} --verb=${verb} --resource=${resource}${group}`;
