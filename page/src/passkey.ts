/** Login with a passkey. */
export function passkeys(): void {}
