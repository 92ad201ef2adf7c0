/**
 * Why a way through an identity provider did not end well, by the code in the address, so that nobody can make the page
 * say what they like.
 */
export function providerErrorText(code: string): string {
  switch (code) {
    case 'provider-unreachable':
      return 'The identity provider does not answer. Whoever is signed in goes on; try again in a while.'
    case 'sign-in-refused':
      return 'The identity provider did not let you in, or there is no account for you here, or it is disabled. An administrator can help.'
    case 'sign-in-expired':
      return 'It took too long, was begun in another browser, or was finished already. Begin again.'
    case 'invalid-assertion':
      return 'The answer of the identity provider is not accepted. The log of the server says why.'
    case 'identity-taken':
      return 'Who you are at the provider belongs to another account here already. Sign in with the provider to see which; there, or by an administrator, that link can be taken away.'
    case 'too-many-requests':
      return 'There were too many attempts from where you are. Wait a minute.'
    default:
      return 'Something went wrong on the way. Begin again.'
  }
}
