import { Buffer } from 'node:buffer';
import type { Member, Visit } from './member.ts';

/** Registry passwords are tokens of up to 3,000 characters. */
const MAX_LENGTH = 8192;

/** `auth` of a docker config: base64 of `user:password`. Any other text stays as it is. */
function decodedAuth(member: Member): Member {
  const { text } = member;
  const secret = { ...member, isSecret: true };
  if (text.length > MAX_LENGTH || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return secret;
  const login = Buffer.from(text, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  if (colon < 0 || login.includes('\ufffd')) return secret;
  return { ...secret, user: login.slice(0, colon), text: login.slice(colon + 1).trimEnd() };
}

/** Visits the members of a docker config, with the name of each registry as a member too. */
export function dockerVisit(visit: Visit): Visit {
  let registry: unknown;
  return (member) => {
    const at = member.steps[0] === 'auths' ? 1 : 0;
    const name = member.steps[at];
    if (name === registry || typeof name !== 'string' || member.steps.length < at + 2)
      return visit(dockerMember(member));
    registry = name;
    const isOpen = visit({
      ...member,
      name: '',
      text: name,
      steps: member.steps.slice(0, at),
      isSecret: false,
    });
    return isOpen && visit(dockerMember(member));
  };
}

function dockerMember(member: Member): Member {
  switch (member.name) {
    case 'auth':
      return decodedAuth(member);
    case 'password':
    case 'identitytoken':
    case 'registrytoken':
      return { ...member, isSecret: true };
    default:
      return member;
  }
}
