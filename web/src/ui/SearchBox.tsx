import { TextInput } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Icon } from './icons.tsx'

const PAUSE_MS = 250

interface SearchBoxProps {
  readonly label: string
  readonly value: string
  readonly onSearch: (text: string) => void
}

/** Searches while people type, after a short pause, and at once on Enter. */
export function SearchBox({ label, value, onSearch }: SearchBoxProps): ReactNode {
  const [text, setText] = useState(value)
  const asked = useRef(value)
  const timer = useRef<number | undefined>(undefined)

  // the address changed by another way than typing here: back, or a link
  useEffect(() => {
    if (value === asked.current) return
    asked.current = value
    setText(value)
  }, [value])
  useEffect(() => () => window.clearTimeout(timer.current), [])

  const ask = (next: string): void => {
    window.clearTimeout(timer.current)
    asked.current = next.trim()
    onSearch(next.trim())
  }
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        ask(text)
      }}
    >
      <TextInput
        type="search"
        aria-label={label}
        placeholder={label}
        maxLength={200}
        leftSection={<Icon name="search" />}
        value={text}
        onChange={(event) => {
          const next = event.currentTarget.value
          setText(next)
          window.clearTimeout(timer.current)
          timer.current = window.setTimeout(() => ask(next), PAUSE_MS)
        }}
      />
    </form>
  )
}
