/** True when a key press belongs to a field, not to a shortcut. */
export function isTyping(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null
  return !!at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !/^(checkbox|radio)$/.test((at as HTMLInputElement).type))
}
