import Planning
import XCTest

final class ForecastTests: XCTestCase {
  func testTasksGoToTheGroupThatIsFreeFirst() {
    let forecast = Forecast(tasks: [3, 2, 2, 4], speeds: [1, 1])
    // 3 and then 4; 2 and 2.
    XCTAssertEqual(forecast.seconds, 7)
    XCTAssertEqual(forecast.work, 11)
    XCTAssertEqual(forecast.idle, 3.0 / 14, accuracy: 1e-12)
  }

  func testFasterGroupsTakeMore() {
    let forecast = Forecast(tasks: Array(repeating: 6, count: 9), speeds: [2, 1])
    XCTAssertEqual(forecast.seconds, 18)
    XCTAssertEqual(forecast.idle, 0, accuracy: 1e-12)
  }

  func testFiveFoldsOnFourGroupsIdle() {
    let forecast = Forecast(tasks: [1, 1, 1, 1, 1], speeds: [1, 1, 1, 1])
    XCTAssertEqual(forecast.seconds, 2)
    XCTAssertEqual(forecast.idle, 0.375, accuracy: 1e-12)
    XCTAssertEqual(Forecast(tasks: [], speeds: [1]).seconds, 0)
  }
}
