// Sealing a ballot for its session: HPKE (RFC 9180), base mode, single shot, with the browser's own WebCrypto.
// DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-256-GCM 0x0002. Opened by plugins/women_panel/sealing.py.
(() => {
  "use strict";
  const text = (value) => new TextEncoder().encode(value);
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  };
  const two = (number) => new Uint8Array([number >> 8, number & 255]);
  const NONE = new Uint8Array(0), VERSION = text("HPKE-v1");
  const KEM = joined(text("KEM"), two(0x0010));
  const HPKE = joined(text("HPKE"), two(0x0010), two(0x0001), two(0x0002));

  async function hmac(key, data) {
    const made = await crypto.subtle.importKey("raw", key.length ? key : new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", made, data));
  }
  const extract = (suite, salt, label, ikm) => hmac(salt, joined(VERSION, suite, text(label), ikm));
  const expand = async (suite, prk, label, info, length) =>
    (await hmac(prk, joined(two(length), VERSION, suite, text(label), info, new Uint8Array([1])))).slice(0, length);

  // enc ‖ ciphertext. `publicKey` is the uncompressed point, `info` what the ballot is bound to.
  window.hpkeSeal = async (publicKey, info, plain) => {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const theirs = await crypto.subtle.importKey("raw", publicKey, curve, false, []);
    const mine = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
    const enc = new Uint8Array(await crypto.subtle.exportKey("raw", mine.publicKey));
    const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256));
    const prk = await extract(KEM, NONE, "eae_prk", dh);
    const shared = await expand(KEM, prk, "shared_secret", joined(enc, publicKey), 32);
    const context = joined(new Uint8Array([0]), await extract(HPKE, NONE, "psk_id_hash", NONE), await extract(HPKE, NONE, "info_hash", info));
    const secret = await extract(HPKE, shared, "secret", NONE);
    const key = await expand(HPKE, secret, "key", context, 32), nonce = await expand(HPKE, secret, "base_nonce", context, 12);
    const made = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    return joined(enc, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, made, plain)));
  };
})();
