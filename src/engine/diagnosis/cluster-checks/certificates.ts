import { pageUrl } from '../../secret/finding/docs-url.ts';
import { type CheckResult, fault, ok, unknown, warning } from '../check-result.ts';

/** A certificate, or several of which one is enough. */
export interface CertificateFacts {
  /** Its position: `caBundle of validate.lockstep.dev`. */
  readonly place: string;
  /** The end of the last one. Undefined if none can be parsed. */
  readonly ends: Date | undefined;
}

const DAY = 24 * 60 * 60 * 1000;
/**
 * The pods renew their CA four months before its end, and cert-manager a leaf of 90 days at 30. Less time left means
 * that the renewal failed.
 */
const SOON_DAYS = 30;

const SEE_RENEWAL = `see the log of the pods, and ${pageUrl('operate/certificates.md#when-something-is-wrong')}`;

/** `now` comes from the server clock: the API server checks the certificates. */
export function certificatesEnd(certificates: readonly CertificateFacts[], now: Date): CheckResult {
  const endTexts = (those: readonly CertificateFacts[]) => those.map((one) => `${one.place}: ${endOf(one)}`);
  const broken = certificates.filter(({ ends }) => ends === undefined || ends <= now);
  if (broken.length > 0)
    return fault(
      'a certificate has expired, or can not be read: the API server trusts it no more',
      SEE_RENEWAL,
      endTexts(broken),
    );
  const soon = certificates.filter(
    ({ ends }) => ends !== undefined && ends.getTime() - now.getTime() < SOON_DAYS * DAY,
  );
  if (soon.length > 0)
    return warning(
      `a certificate ends within ${SOON_DAYS} days, and was not renewed`,
      SEE_RENEWAL,
      endTexts(soon),
    );
  const first = certificates.map(({ ends }) => ends?.getTime() ?? 0).sort((a, b) => a - b)[0];
  if (first === undefined) return unknown('there is no certificate to look at', SEE_RENEWAL);
  return ok(`valid until ${dayOf(new Date(first))} or longer`);
}

/** The pods have no CA under the overlays `files` and `cert-manager`, nor before their first start. */
export function authorityEnds(authority: readonly CertificateFacts[], now: Date): CheckResult {
  if (authority.length === 0) return ok('the pods keep no CA of their own');
  return certificatesEnd(authority, now);
}

const endOf = ({ ends }: CertificateFacts): string =>
  ends === undefined ? 'no certificate' : `ends ${dayOf(ends)}`;

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
