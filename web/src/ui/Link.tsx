import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'

type AnchorElementProps = Omit<ComponentProps<'a'>, keyof AnchorProps> & AnchorProps
type ButtonElementProps = Omit<ComponentProps<'a'>, keyof ButtonProps> & ButtonProps

/** A link to a page, taken from paths.ts: `<Link {...paths.channel('main')}>`. */
export const Link = createLink((props: AnchorElementProps) => <Anchor {...props} />)

/** The same, looking like a button. */
export const ButtonLink = createLink((props: ButtonElementProps) => <Button component="a" {...props} />)

/** The same, bare: its place gives it its look. */
export const PlainLink = createLink((props: ComponentProps<'a'>) => <a {...props} />)
