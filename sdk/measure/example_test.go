package measure_test

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/measure"
)

func ExampleParseMass() {
	can, err := measure.ParseMass("345 g")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(can, "six:", 6*can, "in mg:", int64(can))
	_, err = measure.ParseMass("345")
	fmt.Println(err)
	// Output:
	// 345 g six: 2.07 kg in mg: 345000
	// mass "345": unknown unit: a mass needs one, such as "345 g"
}

func ExampleProbability() {
	weight, _ := measure.ParseProbability("90%")
	camera, _ := measure.ParseProbability("0.95")
	fmt.Println("both:", weight.Mul(camera), "either:", weight.Or(camera), "not weight:", weight.Complement())
	// Output: both: 85.5 % either: 99.5 % not weight: 10 %
}

func ExampleParsePower() {
	p, err := measure.ParsePower("31.5 dBm")
	fmt.Println(p, int32(p), err)
	// Output: 31.5 dBm 3150 <nil>
}
