/** Small drawings on a grid of 16. They go beside words and say nothing alone, so readers skip them. */
import type { ReactNode } from 'react'

const shapes = {
  check: <path d="M3.5 8.500l3 3 6-7" />,
  alert: <path d="M8 2.500l6 10.500H2zM8 6.500v3M8 11.200v.1" />,
  eyeOff: (
    <path d="M2 8c1.500-2.700 3.500-4 6-4s4.500 1.300 6 4c-1.500 2.700-3.500 4-6 4s-4.500-1.300-6-4zM3 13L13 3" />
  ),
  clock: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.800V8l2.200 1.500" />,
  stop: <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM3.800 3.800l8.400 8.400" />,
  dots: <path d="M3.500 8h.1M8 8h.1M12.500 8h.1" strokeWidth="2.2" />,
  copy: <path d="M5.500 5.500h8v8h-8zM3 10.500H2.500v-8h8V3" />,
  search: <path d="M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300L14 14" />,
  plus: <path d="M8 3v10M3 8h10" />,
  left: <path d="M10 3L5 8l5 5" />,
  right: <path d="M6 3l5 5-5 5" />,
  play: <path d="M5 3l8 5-8 5z" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof shapes

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      {shapes[name]}
    </svg>
  )
}
