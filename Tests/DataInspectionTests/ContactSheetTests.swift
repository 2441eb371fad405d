import DataInspection
import Datasets
import XCTest

/// What a contact sheet shows, pixel by pixel.
final class ContactSheetTests: XCTestCase {
  private let side = 28
  /// A tile's pixels for one of the map.
  private let zoom = 4

  private func sheet(_ regions: Regions) throws -> (SourceClips, Dataset, Picture) {
    let reader = try SyntheticDataset(subjects: 3, clips: 3, seed: 4)
    let shape = InputShape(classes: 3, channels: 3, side: side)
    let source = try reader.read(shape)
    let dataset = try Dataset(reader, regions: regions, shape: shape)
    let sheet = try ContactSheet(
      source, dataset, clips: [0, 4], regions: regions,
      planes: DataFormat.release.planes(3))
    return (source, dataset, sheet.picture)
  }

  private func pixel(_ picture: Picture, tile: Int, row: Int, _ x: Int, _ y: Int) -> [UInt8] {
    let left = 8 + tile * (side * zoom + 8) + x
    let top = 8 + 14 + row * (side * zoom + 14 + 8) + 14 + y
    let place = 3 * (top * picture.width + left)
    return Array(picture.pixels[place..<place + 3])
  }

  func testChannelsMapsAndInputAreTheData() throws {
    for regions in Regions.allCases {
      let (source, dataset, picture) = try sheet(regions)
      XCTAssertEqual(picture.width, 8 + 5 * (112 + 8))
      let plane = side * side
      for (row, clip) in [0, 4].enumerated() {
        let map = source.maps[clip].samples.map { UInt8($0 / 257) }
        let input = dataset.image(clip).map { UInt8($0) }
        for y in 0..<side {
          for x in 0..<side {
            let at = y * side + x
            // The middle of each pixel's square; a frame is drawn at its edge.
            for channel in 0..<3 {
              XCTAssertEqual(
                pixel(picture, tile: channel, row: row, x * zoom + 2, y * zoom + 2),
                Array(repeating: map[channel * plane + at], count: 3))
            }
            XCTAssertEqual(
              pixel(picture, tile: 4, row: row, x * zoom + 2, y * zoom + 2),
              [input[2 * plane + at], input[plane + at], input[at]])
          }
        }
      }
    }
  }

  func testRegionsAreFramed() throws {
    for regions in [Regions.published, .corrected] {
      let (source, _, picture) = try sheet(regions)
      let places = source.regionPlaces(regions)
      let colours: [[UInt8]] = [[255, 213, 0], [0, 229, 255], [255, 64, 129], [118, 255, 3]]
      for (row, clip) in [0, 4].enumerated() {
        // The last frame is drawn over the others.
        let corner = places[clip].corners[3]
        for step in 0..<places[clip].side * zoom {
          for (x, y) in [
            (corner[1] * zoom + step, corner[0] * zoom),
            (corner[1] * zoom, corner[0] * zoom + step),
          ] {
            let found = pixel(picture, tile: 3, row: row, x, y)
            XCTAssertTrue(found == colours[3] || found == [235, 235, 235], "\(found)")
          }
        }
        for (corner, colour) in zip(places[clip].corners, colours) {
          let edge = (0..<places[clip].side * zoom).map {
            pixel(picture, tile: 3, row: row, corner[1] * zoom + $0, corner[0] * zoom)
          }
          XCTAssertGreaterThan(edge.count { $0 == colour }, edge.count / 3)
        }
      }
    }
    // A whole map has no regions to draw.
    let (source, _, picture) = try sheet(.whole)
    let map = source.maps[0].samples.map { UInt8($0 / 257) }
    XCTAssertEqual(
      pixel(picture, tile: 3, row: 0, 0, 0), [map[2 * side * side], map[side * side], map[0]])
  }
}
