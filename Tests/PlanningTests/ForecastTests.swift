import Planning
import Tasks
import XCTest

final class ForecastTests: XCTestCase {
  func testTasksGoToTheGroupThatIsFreeFirst() {
    let forecast = Forecast(tasks: [3, 2, 2, 4], speeds: [1, 1])
    // 3 and then 4; 2 and 2.
    XCTAssertEqual(forecast.seconds, 7)
    XCTAssertEqual(forecast.idle, 3.0 / 14, accuracy: 1e-12)
  }

  func testFasterGroupsTakeMore() {
    let forecast = Forecast(tasks: Array(repeating: 6, count: 9), speeds: [2, 1])
    XCTAssertEqual(forecast.seconds, 18)
    XCTAssertEqual(forecast.idle, 0, accuracy: 1e-12)
  }

  /// The same on ranks that join others.
  func testRanksThatJoinOthers() {
    let perfect = Speedup(mostRanks: 4, observed: [2: 2, 4: 4])
    let five = Forecast(tasks: [1, 1, 1, 1, 1], ranks: 4, perfect)
    XCTAssertEqual(five.seconds, 1.25, accuracy: 1e-5)
    XCTAssertEqual(five.idle, 0, accuracy: 1e-5)
    // Of 16 ranks two tasks can use eight.
    let two = Forecast(tasks: [8, 8], ranks: 16, perfect)
    XCTAssertEqual(two.seconds, 2, accuracy: 1e-5)
    XCTAssertEqual(two.idle, 0.5, accuracy: 1e-5)
    XCTAssertEqual(Forecast(tasks: [], ranks: 3, perfect).seconds, 0)
    // A size that is hardly faster is not used.
    let bad = Speedup(mostRanks: 4, observed: [2: 1.1, 4: 1.2])
    XCTAssertEqual(Forecast(tasks: [8], ranks: 4, bad).seconds, 8.0 / 1.2, accuracy: 1e-5)
    let useless = Speedup(mostRanks: 4, observed: [2: 1.1, 4: 1.12])
    XCTAssertEqual(Forecast(tasks: [8], ranks: 4, useless).seconds, 8, accuracy: 1e-5)
  }

  func testFiveFoldsOnFourGroupsIdle() {
    let forecast = Forecast(tasks: [1, 1, 1, 1, 1], speeds: [1, 1, 1, 1])
    XCTAssertEqual(forecast.seconds, 2)
    XCTAssertEqual(forecast.idle, 0.375, accuracy: 1e-12)
    XCTAssertEqual(Forecast(tasks: [], speeds: [1]).seconds, 0)
  }
}
