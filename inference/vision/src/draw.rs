use crate::{FrameBox, FramePoint, Picture};

impl Picture {
    /// Draws the outline of `area` with a pen `pen_px` wide; what lies outside the picture is left out.
    pub fn draw_box(&mut self, area: &FrameBox, rgb: [u8; 3], pen_px: u32) {
        let corners = [
            FramePoint { x: area.x0(), y: area.y0() },
            FramePoint { x: area.x1(), y: area.y0() },
            FramePoint { x: area.x1(), y: area.y1() },
            FramePoint { x: area.x0(), y: area.y1() },
        ];
        self.draw_polygon(&corners, rgb, pen_px);
    }

    /// Draws the closed outline through `corners`.
    pub fn draw_polygon(&mut self, corners: &[FramePoint], rgb: [u8; 3], pen_px: u32) {
        for (index, &from) in corners.iter().enumerate() {
            self.draw_line(from, corners[(index + 1) % corners.len()], rgb, pen_px);
        }
    }

    /// Draws the segment between two points.
    pub fn draw_line(&mut self, from: FramePoint, to: FramePoint, rgb: [u8; 3], pen_px: u32) {
        let steps = (to.x - from.x).abs().max((to.y - from.y).abs()).ceil().max(1.0);
        // A segment from far outside costs no more than one across the picture's diagonal and back.
        let limit = 4.0 * (self.size().width + self.size().height) as f32;
        if !steps.is_finite() || limit < steps {
            return;
        }
        for step in 0..=steps as u32 {
            let t = step as f32 / steps;
            self.dot(from.x + t * (to.x - from.x), from.y + t * (to.y - from.y), rgb, pen_px);
        }
    }

    fn dot(&mut self, x: f32, y: f32, rgb: [u8; 3], pen_px: u32) {
        let size = self.size();
        let half = (pen_px / 2) as i64;
        let (left, top) = (x.round() as i64 - half, y.round() as i64 - half);
        for row in top..top + i64::from(pen_px.max(1)) {
            for column in left..left + i64::from(pen_px.max(1)) {
                if (0..i64::from(size.width)).contains(&column) && (0..i64::from(size.height)).contains(&row)
                {
                    let start = 3 * (row as usize * size.width as usize + column as usize);
                    self.rgb[start..start + 3].copy_from_slice(&rgb);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{FrameBox, Picture, SizePx};

    #[test]
    fn a_box_is_drawn_on_its_edges_and_clipped_at_the_border() {
        let mut picture = Picture::new(SizePx::new(10, 10), vec![0; 300]).expect("fits");
        picture.draw_box(&FrameBox::new(2.0, 2.0, 30.0, 7.0).expect("valid"), [9, 8, 7], 1);
        let at = |x: usize, y: usize| picture.rgb()[3 * (y * 10 + x)];
        assert_eq!((at(2, 2), at(5, 2), at(2, 5), at(5, 7), at(5, 5), at(0, 0)), (9, 9, 9, 9, 0, 0));
    }
}
