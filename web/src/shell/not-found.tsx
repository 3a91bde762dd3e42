import { Compass } from 'lucide-react';
import { Link } from 'wouter';
import { Empty } from '../design/notice.js';

export const NotFound = () => (
  <Empty icon={<Compass size={40} />} title="There is nothing at this address">
    It may have been removed, or it is private. <Link href="/" className="text-accent underline">Go to the home page</Link>
  </Empty>
);
