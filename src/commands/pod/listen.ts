import { LockstepError, systemCode } from '../../errors/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Listener {
  listen(address: Address): Promise<number>;
}

/** `option` is the name of the option that sets the port, without its dashes. */
export async function listenOn(listener: Listener, address: Address, option: string): Promise<number> {
  try {
    return await listener.listen(address);
  } catch (cause) {
    const { host, port } = address;
    const code = systemCode(cause);
    // A kernel without IPv6 has only IPv4 addresses.
    if (host === '::' && code === 'EAFNOSUPPORT')
      return listenOn(listener, { host: '0.0.0.0', port }, option);
    if (code === 'EADDRINUSE') throw new LockstepError('PORT_IN_USE', [port, host, `--${option}`], cause);
    throw new LockstepError('CANNOT_LISTEN', [host, port, code, `--${option}`], cause);
  }
}
