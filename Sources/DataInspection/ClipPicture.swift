import Datasets
import Foundation

/// Small pictures of clips' maps, for pages that show them.
public struct ClipPicture {
  /// Most pixels a side; a larger map is drawn with each of its squares' mean.
  private static let mostSide = 64

  /// A clip's map as a square PNG, the first three channels as blue, green and red, a map of fewer in grey.
  ///
  /// - Parameter clip: Its place.
  /// - Throws: `DataError` if libpng fails.
  public static func png(_ source: SourceClips, clip: Int) throws -> Data {
    let map = source.maps[clip]
    let square = (map.side + mostSide - 1) / mostSide
    let side = map.side / square
    let size = map.side * map.side
    let planes = map.channels >= 3 ? [2, 1, 0] : [0, 0, 0]
    var pixels: [UInt8] = []
    pixels.reserveCapacity(side * side * 3)
    for row in 0..<side {
      for column in 0..<side {
        for plane in planes {
          var sum = 0
          for y in row * square..<(row + 1) * square {
            for x in column * square..<(column + 1) * square {
              sum += Int(map.samples[plane * size + y * map.side + x])
            }
          }
          pixels.append(UInt8(sum / (square * square * 257)))
        }
      }
    }
    return try PNGImage(width: side, height: side, pixels: pixels).encoded()
  }
}
