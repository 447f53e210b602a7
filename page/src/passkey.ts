// Passkeys: forms with `data-passkey` ask the browser for one, and send what it says. Without this
// script they stay hidden.

import { t } from "./text";

type Options = {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: { type: "public-key"; id: string }[];
  [key: string]: unknown;
};

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null): string {
  if (!buffer) return "";
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function fill(form: HTMLFormElement, fields: Record<string, string>): void {
  for (const [name, value] of Object.entries(fields)) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  }
}

async function register(options: Options): Promise<Record<string, string>> {
  const user = options.user;
  if (!user) throw new Error("no user");
  const known = options.excludeCredentials ?? [];
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: known.map((one) => ({ ...one, id: bytes(one.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    client: text(response.clientDataJSON),
    attestation: text(response.attestationObject),
  };
}

async function login(options: Options): Promise<Record<string, string>> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
  } as unknown as PublicKeyCredentialRequestOptions;
  const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = used.response as AuthenticatorAssertionResponse;
  return {
    id: text(used.rawId),
    client: text(response.clientDataJSON),
    authenticator: text(response.authenticatorData),
    signature: text(response.signature),
    user: text(response.userHandle),
  };
}

/** What went wrong, in words. */
function said(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
      return t("passkey-cancelled");
    case "InvalidStateError":
      return t("passkey-known");
    case "SecurityError":
      return t("passkey-refused");
    default:
      return t("passkey-failed");
  }
}

/** Makes the forms for passkeys work, where the browser knows them. */
export function passkeys(): void {
  if (!("PublicKeyCredential" in window)) return;
  const forms = document.querySelectorAll<HTMLFormElement>("form[data-passkey]");
  for (const form of forms) {
    const ask = form.dataset.passkey === "register" ? register : login;
    const options = JSON.parse(form.dataset.options ?? "{}") as Options;
    const error = form.querySelector<HTMLElement>(".error");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (error) error.hidden = true;
      ask(options).then(
        (fields) => {
          fill(form, fields);
          form.submit();
        },
        (why: unknown) => {
          if (!error) return;
          error.textContent = said(why);
          error.hidden = false;
        },
      );
    });
  }
}
