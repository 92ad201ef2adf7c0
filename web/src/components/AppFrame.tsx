/** What stands around every page: name, ways to the subjects, who is signed in, and where one is. */
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation, useMatches } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'
import { levelsQuery } from '../api/access-queries.ts'
import { useIsSignedIn, useSession } from '../api/session.ts'
import { serverQuery } from '../api/system-queries.ts'
import type { PlacedCrumb } from '../routes.tsx'
import { ButtonLink, PlainLink } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { paths } from '../paths.ts'
import classes from './AppFrame.module.css'
import { accessTabs } from './access-tabs.ts'
import { SignOutButton } from './SignOutButton.tsx'

export function AppFrame(): ReactNode {
  const crumbs = useCrumbs()
  const names = crumbs.map(({ name }) => name)
  const title = [...names].reverse().concat('Terrarium').join(' · ')
  const main = useRef<HTMLElement>(null)

  useEffect(() => {
    document.title = title
    // what had the focus may be gone with the page before; the next Tab should start at the new one
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true })
  }, [title])

  return (
    <>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <PlainLink {...paths.channels()} className={classes.brand}>
            <img src="/favicon.svg" alt="" width={26} height={26} />
            <span>Terrarium</span>
          </PlainLink>
          <nav aria-label="Main" className={classes.nav}>
            <PlainLink {...paths.channels()} className={classes.navLink}>
              Channels
            </PlainLink>
            <PlainLink {...paths.allCves()} className={classes.navLink}>
              CVEs
            </PlainLink>
            <PlainLink {...paths.policies()} className={classes.navLink}>
              Policies
            </PlainLink>
            <PlainLink {...paths.exceptions()} className={classes.navLink}>
              Exceptions
            </PlainLink>
            <AccessLink />
            <PlainLink {...paths.sources()} className={classes.navLink}>
              Sources
            </PlainLink>
            <SystemLink />
          </nav>
          <SessionCorner />
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        {crumbs.length > 1 && (
          <nav aria-label="Where you are" className={classes.crumbs}>
            <ol>
              {crumbs.slice(0, -1).map(({ name, pathname }) => (
                <li key={pathname}>
                  <PlainLink to={pathname}>{name}</PlainLink>
                </li>
              ))}
              <li aria-current="page">{names.at(-1)}</li>
            </ol>
          </nav>
        )}
        <ServerFaults />
        <Outlet />
      </main>
      <div role="status" className={classes.announcer}>
        {title}
      </div>
    </>
  )
}

/** To the first of the pages about accounts and rights that is open to the person. */
function AccessLink(): ReactNode {
  const isSignedIn = useIsSignedIn()
  const levels = useQuery({ ...levelsQuery(), enabled: isSignedIn })
  const isThere = useLocation({ select: ({ pathname }) => pathname.startsWith('/access/') })
  const [first] = accessTabs(isSignedIn ? levels.data : undefined)
  if (!first) return null
  return (
    <PlainLink
      {...first.to}
      className={classes.navLink}
      {...(isThere && { 'aria-current': 'page' as const })}
    >
      Access
    </PlainLink>
  )
}

/** For who looks after the server; the server refuses everybody else. */
function SystemLink(): ReactNode {
  const account = useSession()
  if (!account?.roles.includes('admin')) return null
  return (
    <PlainLink {...paths.system()} className={classes.navLink}>
      System
    </PlainLink>
  )
}

/** Shown to whoever is signed in: when nobody can manage the server, nobody who could is there to see it. */
function ServerFaults(): ReactNode {
  const isSignedIn = useIsSignedIn()
  const { data } = useQuery({ ...serverQuery(), enabled: isSignedIn })
  if (!isSignedIn || !data || data.errors.length === 0) return null
  return (
    <Notice tone="bad" role="status" title="Somebody has to act on this server">
      {data.errors.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </Notice>
  )
}

function useCrumbs(): PlacedCrumb[] {
  const matches = useMatches()
  return matches.flatMap(({ staticData: { crumb, under }, params, pathname }) => {
    const own = crumb ? [{ name: crumb(params), pathname }] : []
    return under ? [under, ...own] : own
  })
}

function SessionCorner(): ReactNode {
  const account = useSession()
  const { href, pathname } = useLocation()
  if (!account) {
    if (pathname === '/sign-in') return null
    return (
      <ButtonLink {...paths.signIn(href)} size="xs" className={classes.corner}>
        Sign in
      </ButtonLink>
    )
  }
  return (
    <div className={classes.corner}>
      <PlainLink {...paths.account()} className={classes.navLink}>
        {account.username}
      </PlainLink>
      <SignOutButton size="xs" className={classes.signOut} />
    </div>
  )
}
