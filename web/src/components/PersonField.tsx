import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useId, useState, type ReactNode } from 'react'
import { peopleQuery } from '../api/access-queries.ts'

interface PersonFieldProps {
  readonly label?: string
  readonly description?: string
  readonly value: string
  readonly onChange: (username: string) => void
}

const SUGGESTIONS = 20

/** A user name, with those that begin like what is typed. */
export function PersonField({
  label = 'User name',
  description,
  value,
  onChange,
}: PersonFieldProps): ReactNode {
  const id = useId()
  const [isUsed, setUsed] = useState(false)
  const people = useQuery({
    ...peopleQuery({ q: value.trim(), offset: 0, limit: SUGGESTIONS }),
    enabled: isUsed,
  })
  return (
    <>
      <TextInput
        label={label}
        description={description}
        required
        maxLength={300}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        list={id}
        value={value}
        onFocus={() => setUsed(true)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={id}>
        {people.data?.items.map(({ id: key, username }) => (
          <option key={key} value={username} />
        ))}
      </datalist>
    </>
  )
}
