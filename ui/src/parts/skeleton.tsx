/** As high as what will be there, so that nothing jumps. */
export function Skeleton({ class: name = '' }: { readonly class?: string }) {
  return <div class={`skeleton ${name}`} aria-hidden="true" />
}

export function LoadingRows({ count }: { readonly count: number }) {
  return (
    <div class="loading-rows" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} class="row" />
      ))}
    </div>
  )
}
