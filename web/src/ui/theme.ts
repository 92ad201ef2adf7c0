import { createTheme, Input, type MantineColorsTuple } from '@mantine/core'

const moss: MantineColorsTuple = [
  '#e8f8f1',
  '#d3eee2',
  '#a6ddc5',
  '#76cca7',
  '#4fbd8d',
  '#33a678',
  '#0f8562',
  '#0d7456',
  '#0a5c44',
  '#064231',
]

/** The library's greys of the dark scheme, with the green of styles.css in them. */
const dark: MantineColorsTuple = [
  '#e4ebe8',
  '#c3cec9',
  '#9dada6',
  '#73827b',
  '#48544f',
  '#3a4540',
  '#232a27',
  '#1b201e',
  '#161b19',
  '#111513',
]

export const theme = createTheme({
  primaryColor: 'moss',
  colors: { moss, dark },
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace",
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // most fields are required, so the others say that they are not
    InputWrapper: Input.Wrapper.extend({ defaultProps: { withAsterisk: false } }),
  },
})
