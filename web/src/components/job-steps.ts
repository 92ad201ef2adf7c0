/** What people put into the files of their CI system, so that its jobs upload under a trust rule. */

/** @param audience whom the token of a job has to be for */
export function jobSteps(
  origin: string,
  channel: string,
  audience: string,
): readonly { readonly title: string; readonly text: string }[] {
  const upload = `TERRARIUM_TOKEN=$(npx terrarium trust mint --channel ${channel}) npx terrarium upload -c ${channel} dist/*.conda`
  return [
    {
      title: 'With rattler-build, in a job that may ask for a token (GitHub: permissions: id-token: write)',
      text: `rattler-build upload prefix --url ${origin} --channel ${channel} dist/*.conda`,
    },
    {
      title: 'GitHub Actions, with the command line of Terrarium',
      text: [
        'permissions: { id-token: write }',
        `env: { TERRARIUM_SERVER: ${origin} }`,
        'steps:',
        `  - run: ${upload}`,
      ].join('\n'),
    },
    {
      title: 'GitLab CI',
      text: [
        'upload:',
        `  id_tokens: { TERRARIUM_ID_TOKEN: { aud: ${audience} } }`,
        `  variables: { TERRARIUM_SERVER: ${origin} }`,
        `  script: ${upload}`,
      ].join('\n'),
    },
  ]
}
