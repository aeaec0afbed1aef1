// A real OpenID Connect provider (npm oidc-provider) for the tests of single sign-on: PORT, BACK (our address), CLIENTS.
import { Provider } from 'oidc-provider';

const issuer = `http://127.0.0.1:${process.env.PORT}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'zhunbao', client_secret: 'zhunbao-secret-0123456789abcdef', redirect_uris: [process.env.BACK],
    grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic',
  }],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['test-cookie-key'] },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
});
provider.listen(+process.env.PORT, '127.0.0.1', () => console.log('up'));
