import { type MouseEvent, useLayoutEffect, useRef } from 'react'
import { useStore } from '../store/observable.ts'
import { themeStore } from '../store/theme.ts'
import { type Size, useSize } from './use-size.ts'

/** What is painted on, in CSS pixels. */
export interface Surface extends Size {
  context: CanvasRenderingContext2D
  /** Pixels of the screen to a CSS pixel. */
  scale: number
  /** A colour of the style sheet by the name of its property. */
  colour(property: string): string
}

interface PaintingProps {
  /** The same as long as what it paints is. */
  paint(surface: Surface): void
  className?: string
  /** Where along its width it was pressed, as a share. */
  onPress?: ((at: number, widthPx: number) => void) | undefined
}

/** A picture that is painted anew when what paints it, its size or the theme has changed. */
export function Painting({ paint, className, onPress }: PaintingProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height } = useSize(canvas)
  const theme = useStore(themeStore)
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours follow the theme
  useLayoutEffect(() => {
    const target = canvas.current
    const context = target?.getContext('2d')
    if (!target || !context || width === 0) return
    const scale = devicePixelRatio
    const [columns, lines] = [Math.round(width * scale), Math.round(height * scale)]
    if (target.width !== columns || target.height !== lines) {
      target.width = columns
      target.height = lines
    }
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    const style = getComputedStyle(target)
    paint({ context, width, height, scale, colour: (property) => style.getPropertyValue(property) })
  }, [paint, width, height, theme])
  const press = (event: MouseEvent) => onPress?.(event.nativeEvent.offsetX / width, width)
  return <canvas ref={canvas} className={className} onClick={onPress && press} />
}
