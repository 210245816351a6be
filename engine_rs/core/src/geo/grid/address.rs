//! Where on the sphere a cell is: one of six faces of a cube, and two numbers on it.
//!
//! A point's largest component names the face; the other two divided by it are `u` and `v` in -1..=1, cut into 2^21 steps
//! each (6 m at a face's centre, 3 m at its edge). Lines of constant `u` or `v` are planes through the Earth's centre,
//! so the distance from a place to everything beyond such a line is the distance to a plane: one multiplication, true
//! everywhere, with no pole and no antimeridian.

use super::super::sphere::Point;

/// Steps along one side of a face.
pub(crate) const FACE_STEPS: u32 = 1 << 21;
/// Steps per unit of `u` or `v`.
const STEPS_PER_UNIT: f64 = (FACE_STEPS / 2) as f64;
/// Faces of a cube.
pub(crate) const FACES: usize = 6;
/// Shortens every lower bound a little (a share, and grid steps), so that rounding never makes it too long.
const BOUND_SHARE: f64 = 1.0 - 1e-9;
pub(crate) const BOUND_SLACK: f64 = 0.01;
/// Below this share of the radius a face's axis is too far off for its planes to bound anything.
const AXIS_LIMIT: f64 = 0.1;

/// Cosine and sine where nothing is known of an angle: a line then bounds nothing along the other.
const UNKNOWN_ANGLE: (f64, f64) = (1.0, 0.0);

/// A step on a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) face: u32,
    pub(crate) u: u32,
    pub(crate) v: u32,
}

impl Address {
    #[inline]
    pub(crate) fn of(point: Point) -> Self {
        let (ax, ay, az) = (point.x.abs(), point.y.abs(), point.z.abs());
        let (axis, sign) = if ax >= ay && ax >= az {
            (0, point.x)
        } else if ay >= az {
            (2, point.y)
        } else {
            (4, point.z)
        };
        let face = axis + u32::from(sign < 0.0);
        let (a, b, c) = face_frame(face, point);
        Self { face, u: to_step(b / a), v: to_step(c / a) }
    }

    /// The addresses of many points, in loops that a processor can run in lanes: points that move together are nearly
    /// always on one face.
    #[inline(always)]
    pub(crate) fn of_many<const N: usize>(points: &[Point; N]) -> [Self; N] {
        let face = Self::of(points[0]).face;
        let (mut u, mut v, mut is_elsewhere) = ([0.0; N], [0.0; N], false);
        for i in 0..N {
            let (a, b, c) = face_frame(face, points[i]);
            // On a strict majority of the axis no other face can claim the point.
            is_elsewhere |= !((a > b.abs()) & (a > c.abs()));
            (u[i], v[i]) = (b / a, c / a);
        }
        if is_elsewhere {
            return points.map(Self::of);
        }
        core::array::from_fn(|i| Self { face, u: to_step(u[i]), v: to_step(v[i]) })
    }
}

/// A point's components as a face sees them: along its axis, then along `u` and `v`.
#[inline]
pub(crate) fn face_frame(face: u32, point: Point) -> (f64, f64, f64) {
    let (a, b, c) = match face >> 1 {
        0 => (point.x, point.y, point.z),
        1 => (point.y, point.z, point.x),
        _ => (point.z, point.x, point.y),
    };
    if face & 1 == 0 { (a, b, c) } else { (-a, b, c) }
}

/// The place on the sphere, in grid steps, at a corner of steps (whole or not).
pub(crate) fn corner(face: u32, u: f64, v: f64) -> Point {
    let (b, c) = (u / STEPS_PER_UNIT - 1.0, v / STEPS_PER_UNIT - 1.0);
    let scale = super::super::sphere::STEPS_PER_RADIUS / (1.0 + b * b + c * c).sqrt();
    let a = if face & 1 == 0 { scale } else { -scale };
    let (b, c) = (b * scale, c * scale);
    let (x, y, z) = match face >> 1 {
        0 => (a, b, c),
        1 => (c, a, b),
        _ => (b, c, a),
    };
    Point { x: x.round(), y: y.round(), z: z.round() }
}

#[inline]
fn to_step(unit: f64) -> u32 {
    // The cast saturates, so rounding can never leave the face.
    (((unit + 1.0) * STEPS_PER_UNIT) as u32).min(FACE_STEPS - 1)
}

/// How a place measures distances on one face: its own position in steps, and a lower bound in grid steps per step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    pub(crate) u: f64,
    pub(crate) v: f64,
    pub(crate) per_u: f64,
    pub(crate) per_v: f64,
    /// Cosine, made larger, and sine of the angle between the outward normals of two lines, both at the high or both at
    /// the low side; then of two lines at different sides. A negative cosine is taken for 0.
    same_side: (f64, f64),
    other_side: (f64, f64),
}

impl Metric {
    /// Bounds for lines at most `margin` steps from `origin`, who must be on `face`.
    pub(crate) fn near(face: u32, origin: Point, margin: f64) -> Self {
        let (a, b, c) = face_frame(face, origin);
        let (u, v) = (b / a, c / a);
        let margin = margin / STEPS_PER_UNIT;
        // Distance to the plane of constant u: a |u - u'| / sqrt(1 + u'^2).
        let per = |unit: f64| {
            let farthest = (unit.abs() + margin).min(1.0);
            BOUND_SHARE * a / STEPS_PER_UNIT / (1.0 + farthest * farthest).sqrt()
        };
        // The cosine is u v / (sqrt(1 + u^2) sqrt(1 + v^2)): it grows in size with |u| and |v|.
        let share = |unit: f64| {
            let farthest = (unit.abs() + margin).min(1.0);
            (farthest / (1.0 + farthest * farthest).sqrt()).copysign(unit)
        };
        let cosine = share(u) * share(v);
        // Where the lines may lie on both sides of a face's middle, so may the cosine's sign.
        let is_sign_known = u.abs().min(v.abs()) > margin;
        let angle = |cosine: f64| {
            let assumed = if is_sign_known { cosine.max(0.0) } else { cosine.abs() };
            (assumed, (1.0 - assumed * assumed).sqrt())
        };
        Self {
            u: (u + 1.0) * STEPS_PER_UNIT,
            v: (v + 1.0) * STEPS_PER_UNIT,
            per_u: per(u),
            per_v: per(v),
            same_side: angle(cosine),
            other_side: angle(-cosine),
        }
    }

    /// How far from the origin along `u` points may lie that are beyond a line of constant `v` at distance `gap` and within
    /// `radius`: to the side of the line (high `u` for a line at high `v`), and to the other.
    ///
    /// The nearest point beyond both lines is on one of them, or where the planes meet: for unit normals with cosine `c`
    /// at squared distance `(a^2 + b^2 - 2 a b c) / (1 - c^2)`, if that is further. Solved for `a`.
    #[inline]
    pub(crate) fn widths(&self, gap: f64, radius: f64) -> (f64, f64) {
        let rest = (radius * radius - gap * gap).max(0.0).sqrt();
        let width = |cosine: f64, sine: f64| {
            if gap <= cosine * radius { radius } else { cosine * gap + sine * rest }
        };
        (width(self.same_side.0, self.same_side.1), width(self.other_side.0, self.other_side.1))
    }

    /// Bounds for every line of any face, as weak as that has to be.
    pub(crate) fn far(face: u32, origin: Point) -> Self {
        let (a, b, c) = face_frame(face, origin);
        if a < AXIS_LIMIT * super::super::sphere::STEPS_PER_RADIUS {
            return Self {
                u: 0.0,
                v: 0.0,
                per_u: 0.0,
                per_v: 0.0,
                same_side: UNKNOWN_ANGLE,
                other_side: UNKNOWN_ANGLE,
            };
        }
        let per = BOUND_SHARE * a / STEPS_PER_UNIT * core::f64::consts::FRAC_1_SQRT_2;
        Self {
            u: (b / a + 1.0) * STEPS_PER_UNIT,
            v: (c / a + 1.0) * STEPS_PER_UNIT,
            per_u: per,
            per_v: per,
            same_side: UNKNOWN_ANGLE,
            other_side: UNKNOWN_ANGLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::position::LatLng;
    use super::*;
    use proptest::prelude::*;

    fn anywhere() -> impl Strategy<Value = Point> {
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| Point::from_lat_lng(LatLng::new(lat, lon)))
    }

    proptest! {
        #[test]
        fn a_corner_is_at_its_address(point in anywhere()) {
            let address = Address::of(point);
            let centre = corner(address.face, f64::from(address.u) + 0.5, f64::from(address.v) + 0.5);
            prop_assert_eq!(Address::of(centre), address);
            prop_assert!(centre.chord2(point).arc_m() < 5.0);
        }

        #[test]
        fn lines_bound_the_distance_to_all_beyond_them(a in anywhere(), b in anywhere()) {
            let (at, other) = (Address::of(a), Address::of(b));
            let near = Metric::near(at.face, a, f64::from(FACE_STEPS));
            let far = Metric::far(other.face, a);
            let chord = a.chord2(b).0.sqrt();
            if at.face == other.face {
                for metric in [near, far] {
                    prop_assert!((metric.u - f64::from(other.u)).abs() - 1.0 <= (chord + BOUND_SLACK) / metric.per_u);
                    prop_assert!((metric.v - f64::from(other.v)).abs() - 1.0 <= (chord + BOUND_SLACK) / metric.per_v);
                }
            } else {
                prop_assert!((far.u - f64::from(other.u)).abs() * far.per_u - far.per_u <= chord + BOUND_SLACK);
                prop_assert!((far.v - f64::from(other.v)).abs() * far.per_v - far.per_v <= chord + BOUND_SLACK);
            }
        }
    }
}
