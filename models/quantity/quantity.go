// Package quantity names the units that Ecoparc computes with, so that a
// watt-hour is never added to a gram by mistake.
//
// Meters count in whole [Microjoules], which add up exactly in any order.
// Estimates are floating-point [WattHours], [Watts] and [Grams] (of CO2
// equivalent), [Euros] are money, and all of these travel in an [Interval].
package quantity

// Microjoules is metered energy. Whole numbers, so that sums are exact.
type Microjoules int64

// WattHours is estimated energy, in Wh.
type WattHours float64

// Watts is power, in W.
type Watts float64

// Grams is a mass of greenhouse gases, in gCO2e (grams of CO2 equivalent over
// 100 years).
type Grams float64

// Euros is money, in EUR.
type Euros float64

// microjoulesPerWattHour is 3600 J/Wh times 1e6 µJ/J.
const microjoulesPerWattHour = 3.6e9

// Years is a length of time in years.
type Years float64

// Hours is a length of time in hours.
type Hours float64

// WattHours converts metered energy to Wh.
func (e Microjoules) WattHours() WattHours { return WattHours(float64(e) / microjoulesPerWattHour) }

// Unit is any quantity that an Interval can hold.
type Unit interface{ ~float64 }

// Interval is a best value with the bounds it may reasonably lie between:
// Low <= Value <= High. What "reasonably" means is said by the factor that the
// interval comes from.
type Interval[T Unit] struct {
	Low   T `json:"low"`
	Value T `json:"value"`
	High  T `json:"high"`
}

// Exactly is the interval of a value without uncertainty of its own.
func Exactly[T Unit](v T) Interval[T] { return Interval[T]{v, v, v} }

// Plus adds two quantities whose errors are taken as fully correlated: lows
// add to lows and highs to highs. Figures of a fleet share the same factors,
// so their errors do not cancel out; independent errors would give a narrower
// interval, never a wider one.
func (i Interval[T]) Plus(o Interval[T]) Interval[T] {
	return Interval[T]{i.Low + o.Low, i.Value + o.Value, i.High + o.High}
}

// Times scales an interval by a number that is not negative.
func (i Interval[T]) Times(k float64) Interval[T] {
	return Interval[T]{i.Low * T(k), i.Value * T(k), i.High * T(k)}
}

// Product multiplies two intervals of quantities that are not negative: the
// low bound is the product of the low bounds, and so on.
func Product[R, A, B Unit](a Interval[A], b Interval[B]) Interval[R] {
	return Interval[R]{
		R(float64(a.Low) * float64(b.Low)),
		R(float64(a.Value) * float64(b.Value)),
		R(float64(a.High) * float64(b.High)),
	}
}

// As gives the interval another unit, as when a factor row is read.
func As[R, A Unit](a Interval[A]) Interval[R] {
	return Interval[R]{R(a.Low), R(a.Value), R(a.High)}
}

// Overlaps tells whether the two intervals share a value: then the data cannot
// show that the quantities differ.
func (i Interval[T]) Overlaps(o Interval[T]) bool { return i.Low <= o.High && o.Low <= i.High }
