import Foundation

extension UnsafeMutablePointer where Pointee: TensorScalar {
  /// Writes `count` zeros; in a generic function the standard library's loop costs twenty times as
  /// much.
  public func zero(count: Int) { memset(self, 0, count * MemoryLayout<Pointee>.stride) }
}
